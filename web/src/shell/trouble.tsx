/** Trouble: a refusal in the reader's language: by its code and arguments, else the server's own words. */
import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "../api/client";
import type { Problem } from "../api/records";

type Words = { title: string; fix: string };
type Translate = (key: string, values?: Record<string, unknown>) => string;

/** Pick the words for a problem; `known` says whether a key has a translation. */
export function wordsOf(
  problem: Partial<Problem>,
  language: string,
  known: (key: string) => boolean,
  t: Translate,
): Words {
  const key = `problem.${problem.code ?? "error"}`;
  const server = { title: problem.title ?? "", fix: problem.fix ?? "" };
  // The server's sentences are English and name the values: in English nothing says it better.
  if (language === "en" && server.title) {
    return {
      title: problem.where ? `${server.title} (${problem.where})` : server.title,
      fix: server.fix,
    };
  }
  // The translation says what kind of trouble it is; the server's words stay for the particulars.
  const particulars = [server.title, server.fix].filter(Boolean).join(". ");
  if (known(key))
    return { title: t(key, { where: problem.where ?? "", ...problem.args }), fix: particulars };
  return {
    title: server.title || t("problem.other", { code: problem.code ?? "?" }),
    fix: server.fix,
  };
}

export function useWords(): (problem: Partial<Problem>) => Words {
  const { t, i18n } = useTranslation();
  return (problem) =>
    wordsOf(problem, i18n.language, (key) => i18n.exists(key), t as unknown as Translate);
}

export function Trouble({ problem }: { problem: Partial<Problem> }) {
  const words = useWords()(problem);
  return (
    <div className="trouble" role="alert">
      <CircleAlert size={18} aria-hidden />
      <div>
        <div>{words.title}</div>
        {words.fix && <div className="fix">{words.fix}</div>}
      </div>
    </div>
  );
}

/** The same for whatever a query or mutation threw; nothing when all is well. */
export function TroubleOf({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Trouble
      problem={error instanceof Refusal ? error.problem : { code: "page", title: String(error) }}
    />
  );
}

export function Loading() {
  return (
    <div className="stack" aria-busy="true" data-state="loading">
      <Skeleton height={28} width="40%" />
      <Skeleton height={120} />
    </div>
  );
}

/** Draw what a query found; a skeleton until then, the trouble if it failed. */
export function Found<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (found: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <TroubleOf error={query.error} />;
  return <Loading />;
}
