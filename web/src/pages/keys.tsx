/** Keys: secrets that open the API, each with a role; a new one is shown once. */
import { Button, CopyButton, Modal, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, Copy, KeyRound, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import { useDeployments, useKeys } from "../api/queries";
import type { Key } from "../api/records";
import { useFormat } from "../locales/format";
import { Card, Empty, Page } from "../shell/page";
import { State } from "../shell/state";
import { Table } from "../shell/table";
import { Found, TroubleOf } from "../shell/trouble";

const ROLES = ["predict", "viewer", "editor", "admin"] as const;

function Create() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const deployments = useDeployments().data?.map((one) => one.name) ?? [];
  const [name, setName] = useState("");
  const [role, setRole] = useState<Key["role"]>("predict");
  const [deployment, setDeployment] = useState<string | null>(null);
  const create = useMutation({
    mutationFn: () =>
      one<{ key: Key; secret: string }>(
        http.POST("/api/v1/keys", {
          body: { name: name.trim(), role, deployment: role === "predict" ? deployment : null },
        }),
      ),
    onSuccess: () => {
      setName("");
      queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const secret = create.data?.secret;
  return (
    <Card>
      <form className="row end" onSubmit={submit}>
        <TextInput
          label={t("col.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          placeholder={t("key.nameHint")}
        />
        <Select
          label={t("key.role")}
          data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          value={role}
          onChange={(value) => setRole((value ?? "predict") as Key["role"])}
          allowDeselect={false}
        />
        {role === "predict" && (
          <Select
            label={t("noun.deployment")}
            data={deployments}
            value={deployment}
            onChange={setDeployment}
            clearable
            placeholder={t("key.all")}
            clearButtonProps={{ "aria-label": t("do.clear") }}
          />
        )}
        <Button
          type="submit"
          leftSection={<Plus size={16} />}
          disabled={!name.trim()}
          loading={create.isPending}
        >
          {t("key.create")}
        </Button>
      </form>
      <TroubleOf error={create.error} />
      <Modal
        opened={Boolean(secret)}
        onClose={() => create.reset()}
        title={t("key.secretTitle")}
        closeButtonProps={{ "aria-label": t("do.close") }}
      >
        <div className="stack">
          <p>{t("key.once")}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre className="code" tabIndex={0}>
            {secret}
          </pre>
          <CopyButton value={secret ?? ""}>
            {({ copied, copy }) => (
              <Button
                leftSection={copied ? <Check size={16} /> : <Copy size={16} />}
                onClick={copy}
              >
                {copied ? t("do.copied") : t("do.copy")}
              </Button>
            )}
          </CopyButton>
        </div>
      </Modal>
    </Card>
  );
}

export default function Keys() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const query = useKeys();
  const revoke = useMutation({
    mutationFn: (id: string) => http.DELETE("/api/v1/keys/{id}", { params: { path: { id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  return (
    <Page title={t("rail.keys")} lead={t("key.lead")}>
      <Create />
      <TroubleOf error={revoke.error} />
      <Found query={query}>
        {(items) => (
          <Card flush>
            {items.length === 0 ? (
              <Empty icon={KeyRound} title={t("key.none")} />
            ) : (
              <Table
                label={t("rail.keys")}
                items={items}
                rowKey={(one) => one.id}
                rowClass={(one) => (one.revoked_at ? "muted" : "")}
                columns={[
                  { key: "name", head: t("col.name"), cell: (one) => one.name },
                  {
                    key: "prefix",
                    head: t("key.begins"),
                    cell: (one) => <span className="mono">{`${one.prefix}…`}</span>,
                  },
                  { key: "role", head: t("key.role"), cell: (one) => t(`role.${one.role}`) },
                  {
                    key: "deployment",
                    head: t("noun.deployment"),
                    cell: (one) => one.deployment ?? t("key.all"),
                  },
                  { key: "at", head: t("col.created"), cell: (one) => format.time(one.created_at) },
                  {
                    key: "revoke",
                    head: t("col.actions"),
                    isBare: true,
                    right: true,
                    cell: (one) =>
                      one.revoked_at ? (
                        <State state="revoked" />
                      ) : (
                        <Button
                          variant="subtle"
                          color="gray"
                          size="compact-sm"
                          loading={revoke.isPending && revoke.variables === one.id}
                          onClick={() => revoke.mutate(one.id)}
                        >
                          {t("key.revoke")}
                        </Button>
                      ),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Found>
    </Page>
  );
}
