/** Node: one node of a trial over time: what it gives, its weights and gradients, and how fast it moves. */
import { RangeSlider, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useInsides } from "../api/queries";
import type { Histogram, Inside } from "../api/records";
import type { Column } from "../charts/bins";
import { Curve, type Series } from "../charts/curve";
import { BinsOverTime } from "../charts/field";
import { Found } from "../shell/trouble";

const TONES = ["accent", "calm", "good", "dim"] as const;

/** Tensors that may be looked at: "output", "weights weight", "gradients weight". */
function tensorsOf(looks: Inside[]): string[] {
  const last = looks.at(-1);
  if (!last) return [];
  const named = (group: "weights" | "gradients") =>
    Object.keys(last[group]).map((tensor) => `${group} ${tensor}`);
  return [...(last.output ? ["output"] : []), ...named("weights"), ...named("gradients")];
}

function histogramOf(look: Inside, tensor: string): Histogram | null {
  const [group, name = ""] = tensor.split(" ");
  if (group === "output") return look.output;
  return look[group as "weights" | "gradients"][name] ?? null;
}

/** One curve a weight, where there are any; a weight that stands still has no place on factors. */
function ratiosOf(looks: Inside[]): Series[] {
  const tensors = Object.keys(looks.at(-1)?.ratios ?? {});
  return tensors.map((tensor, index) => ({
    key: tensor,
    label: tensor,
    tone: TONES[index % TONES.length] ?? "dim",
    dashed: index >= TONES.length,
    values: looks.map((look) => look.ratios[tensor] || null),
  }));
}

function Looks({ node, looks: all }: { node: string; looks: Inside[] }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const [range, setRange] = useState<[number, number] | null>(null);
  const tensors = tensorsOf(all);
  const tensor = chosen && tensors.includes(chosen) ? chosen : (tensors[0] ?? "");
  const [from, to] = range ?? [0, all.length - 1];
  const looks = all.slice(from, to + 1);
  const columns = looks.flatMap((look): Column[] => {
    const histogram = histogramOf(look, tensor);
    return histogram ? [{ epoch: look.epoch, step: look.step, histogram }] : [];
  });
  const ratios = ratiosOf(looks);
  const wordOf = (one: string) => {
    const [group = "", name = ""] = one.split(" ");
    return t(`heat.tensor.${group as "output"}`, { name });
  };
  return (
    <div className="stack tight">
      <Select
        size="xs"
        label={t("heat.what")}
        data={tensors.map((value) => ({ value, label: wordOf(value) }))}
        value={tensor}
        onChange={setChosen}
        allowDeselect={false}
      />
      <BinsOverTime columns={columns} label={t("heat.binsOf", { node, what: wordOf(tensor) })} />
      {all.length > 2 && (
        <RangeSlider
          size="sm"
          thumbSize={24}
          min={0}
          max={all.length - 1}
          minRange={1}
          value={[from, to]}
          onChange={setRange}
          label={(at) => t("heat.stepAt", { step: all[at]?.step ?? 0 })}
          thumbFromLabel={t("heat.from")}
          thumbToLabel={t("heat.to")}
        />
      )}
      {ratios.length > 0 && looks.length > 1 && (
        <>
          <h3 className="small">{t("heat.ratios")}</h3>
          <Curve
            label={t("heat.ratiosOf", { node })}
            x={looks.map((look) => look.step)}
            xLabel={t("heat.step")}
            series={ratios}
            height={180}
            isLog
          />
        </>
      )}
    </div>
  );
}

export function NodeOverTime({
  name,
  trial,
  nodes,
}: {
  name: string;
  trial: number;
  nodes: string[];
}) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const node = chosen && nodes.includes(chosen) ? chosen : (nodes.at(-1) ?? null);
  const query = useInsides(name, trial, node);
  return (
    <div className="stack tight" data-inside={node ?? ""}>
      {nodes.length > 1 && (
        <Select
          size="xs"
          label={t("noun.node")}
          data={nodes}
          value={node}
          onChange={setChosen}
          allowDeselect={false}
          searchable
        />
      )}
      {node && <Found query={query}>{({ looks }) => <Looks node={node} looks={looks} />}</Found>}
    </div>
  );
}
