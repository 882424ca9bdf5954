/** Login: paste a key, or open the link that `danlu up` printed. */
import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { http } from "../api/client";
import { Mark } from "./mark";
import { Language, Scheme } from "./tools";
import { TroubleOf } from "./trouble";

export function Login() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [secret, setSecret] = useState("");
  const enter = useMutation({
    mutationFn: () => http.POST("/api/v1/login", { body: { token: secret.trim() } }),
    onSuccess: () => queries.resetQueries(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (secret.trim()) enter.mutate();
  };
  useEffect(() => {
    document.title = `${t("login.title")} · Danlu`;
  }, [t]);
  return (
    <main className="login" data-state="login">
      <div className="card">
        <div className="body stack">
          <div className="brand" style={{ padding: 0 }}>
            <Mark size={34} />
            <div>
              <h1 style={{ fontSize: 20, lineHeight: 1.2 }}>{t("brand")}</h1>
              <span>{t("login.tagline")}</span>
            </div>
          </div>
          <form onSubmit={submit} className="stack">
            <PasswordInput
              label={t("login.key")}
              description={t("login.keyHint")}
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
              autoComplete="current-password"
              size="md"
              visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
            />
            <TroubleOf error={enter.error} />
            <Button type="submit" size="md" loading={enter.isPending} disabled={!secret.trim()}>
              {t("login.enter")}
            </Button>
          </form>
          <p className="dim small">
            <Trans i18nKey="login.link" components={{ c: <code className="mono" /> }} />
          </p>
          <div className="row apart">
            <Language />
            <Scheme />
          </div>
        </div>
      </div>
    </main>
  );
}
