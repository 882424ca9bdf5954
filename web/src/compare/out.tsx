/** Out: trials taken out of the comparison, and brought back; the server keeps them. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { http, one, Refusal } from "../api/client";
import { useWords } from "../shell/trouble";
import type { Run } from "./runs";
import type { Compared } from "./use";

const pathOf = (run: Run) => ({ path: { name: run.experiment, trial: run.number ?? 0 } });

/** Take out or bring back, one after the other; whatever happened, look anew. */
function useMove(move: (run: Run) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (runs: Run[]) => {
      for (const run of runs) await move(run);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["experiments"] }),
  });
}

/** For the ticked trials. */
export function TakeOut({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const words = useWords();
  const { view, runs, set } = compared;
  const move = useMove((run) =>
    one(http.DELETE("/api/v1/experiments/{name}/trials/{trial}", { params: pathOf(run) })),
  );
  const picked = runs.filter(
    (run) => run.kind === "trial" && !run.isOut && view.pick.includes(run.key),
  );
  if (picked.length === 0 && !move.error) return null;
  return (
    <>
      {move.error instanceof Refusal && (
        <span className="small" role="alert" style={{ color: "var(--bad)" }}>
          {words(move.error.problem).title}
        </span>
      )}
      {picked.length > 0 && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<X size={15} />}
          loading={move.isPending}
          onClick={() => move.mutate(picked, { onSuccess: () => set({ pick: [] }) })}
        >
          {t("compare.discard", { count: picked.length })}
        </Button>
      )}
    </>
  );
}

export function Restore({ run, name }: { run: Run; name: string }) {
  const { t } = useTranslation();
  const move = useMove((back) =>
    one(http.POST("/api/v1/experiments/{name}/trials/{trial}/restore", { params: pathOf(back) })),
  );
  return (
    <span className="row tight" style={{ flexWrap: "nowrap" }}>
      <span className="pill">{t("compare.out")}</span>
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<Undo2 size={13} />}
        loading={move.isPending}
        aria-label={t("compare.restoreOf", { name })}
        onClick={() => move.mutate([run])}
      >
        {t("compare.restore")}
      </Button>
    </span>
  );
}
