/** Correct: the kinds a person chose, applied as the next version; what cannot be read so is shown first. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { http, one, Refusal } from "../api/client";
import type { Version } from "../api/records";
import { useFormat } from "../locales/format";
import { TroubleOf } from "../shell/trouble";
import { versionMade } from "./made";

interface CorrectProps {
  version: Version;
  /** Column → kind, where it differs. */
  wish: Record<string, string>;
  onDone: () => void;
}

export function Correct({ version, wish, onDone }: CorrectProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const [share, setShare] = useState(0);
  const apply = useMutation({
    mutationFn: async (accept_rejects: boolean) => {
      const { job } = await one<{ job: string }>(
        http.PUT("/api/v1/datasets/{name}/kinds", {
          params: { path: { name: version.name } },
          body: { kinds: wish, accept_rejects },
        }),
      );
      return versionMade(job, setShare);
    },
    onSuccess: (made) => {
      queries.invalidateQueries({ queryKey: ["datasets"] });
      const next = new URLSearchParams(search);
      next.set("version", String(made));
      setSearch(next);
      onDone();
    },
  });
  const kinds = new Map(version.schema_.columns.map((column) => [column.name, column.kind]));
  const wanted = Object.entries(wish);
  if (!wanted.length) return null;
  const problem = apply.error instanceof Refusal ? apply.error.problem : null;
  const { rejected = 0, rows = 0 } = (problem?.args ?? {}) as { rejected?: number; rows?: number };
  const kindOf = (kind: string | undefined) => t(`kind.${kind}` as "kind.number");
  return (
    <section className="correct stack tight" aria-label={t("kinds.title")} data-state="correct">
      <div className="row tight">
        {wanted.map(([name, kind]) => (
          <span className="tag" key={name}>
            <bdi>{name}</bdi>
            <span className="dim">{kindOf(kinds.get(name))}</span>
            <ArrowRight size={12} aria-hidden />
            <strong>{kindOf(kind)}</strong>
          </span>
        ))}
      </div>
      <TroubleOf error={apply.error} />
      <div className="row tight">
        <Button size="sm" loading={apply.isPending} onClick={() => apply.mutate(false)}>
          {t("kinds.apply", { version: version.version + 1 })}
        </Button>
        {problem?.code === "kinds_unread" && rejected < rows && (
          <Button size="sm" variant="default" onClick={() => apply.mutate(true)}>
            {t("kinds.without", { count: rejected, rows: format.count(rejected) })}
          </Button>
        )}
        <Button
          size="sm"
          variant="subtle"
          disabled={apply.isPending}
          onClick={() => {
            apply.reset();
            onDone();
          }}
        >
          {t("kinds.discard")}
        </Button>
        <span className="dim small">
          {apply.isPending ? format.percent(share, 0) : t("kinds.hint")}
        </span>
      </div>
    </section>
  );
}
