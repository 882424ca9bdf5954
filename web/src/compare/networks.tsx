/** Networks: those of two runs told apart, as one drawing; nothing is asked before it is opened. */
import { Button } from "@mantine/core";
import { GitCompareArrows } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Card } from "../shell/page";
import { Loading } from "../shell/trouble";
import type { Run } from "./runs";
import { type Compared, useNames, usePair } from "./use";

const Between = lazy(async () => ({ default: (await import("../versions/between")).Between }));

const sideOf = (run: Run) => ({ experiment: run.experiment, trial: run.number, space: {} });

export function Networks({ compared }: { compared: Compared }) {
  const { t } = useTranslation();
  const names = useNames(compared.plan, compared.experiments.length > 1);
  const isOpen = compared.view.nets !== "";
  const [a, b] = usePair(compared);
  if (!a || !b) return null;
  const spec = compared.experiments.find((one) => one.name === a.experiment)?.spec;
  const toggle = (
    <Button
      variant="default"
      size="xs"
      leftSection={<GitCompareArrows size={14} />}
      aria-expanded={isOpen}
      onClick={() => compared.set({ nets: isOpen ? "" : "1" })}
    >
      {t(isOpen ? "compare.hideNetworks" : "compare.showNetworks")}
    </Button>
  );
  return (
    <Card
      title={t("compare.networksOf", { a: names.ofRun(a), b: names.ofRun(b) })}
      actions={toggle}
    >
      {isOpen && (
        <Suspense fallback={<Loading />}>
          <Between
            key={`${a.key} ${b.key}`}
            before={sideOf(a)}
            after={sideOf(b)}
            data={spec?.data ?? null}
            target={spec?.target ?? null}
          />
        </Suspense>
      )}
    </Card>
  );
}
