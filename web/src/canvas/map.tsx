/** Map: the whole drawing beside it, tinted by what a node is, whether it works, or what it costs. */
import { MiniMap, Panel } from "@xyflow/react";
import { memo, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { scopeOf, useDesk } from "../desk/desk";
import { macsIn } from "../desk/paths";
import { setKept, TINTS, type Tint, useUi } from "../desk/ui";
import type { BarNode } from "./bar";
import { useCatalogue } from "./catalogue";
import { useGraph } from "./flow";
import { groupOf } from "./icons";

/** Shades of what a node costs, each for half of the one above. */
const SHADES = 6;

/** Nodes with problems, worst first. */
function useTroubles(): Map<string, string> {
  const scope = useDesk(scopeOf);
  const problems = useDesk((desk) => desk.analysis?.problems);
  return useMemo(() => {
    const found = new Map<string, string>();
    for (const one of problems ?? []) {
      if (!one.node || (one.block ?? null) !== scope) continue;
      if (one.level !== "warning") found.set(one.node, "mini-broken");
      else if (!found.has(one.node)) found.set(one.node, "mini-doubtful");
    }
    return found;
  }, [problems, scope]);
}

function useCosts(isWanted: boolean): Map<string, string> {
  const picture = useDesk((desk) => (isWanted ? desk.picture : null));
  const way = useDesk((desk) => desk.way);
  const analysis = useDesk((desk) => desk.analysis);
  return useMemo(() => {
    if (!picture) return new Map();
    const macs = macsIn({ picture, way, analysis });
    const most = Math.max(...macs.values(), 1);
    const shadeOf = (cost: number) =>
      cost ? Math.max(SHADES - Math.floor(Math.log2(most / cost)), 1) : 0;
    return new Map([...macs].map(([name, cost]) => [name, `mini-heat mini-heat-${shadeOf(cost)}`]));
  }, [picture, way, analysis]);
}

/** It reads the canvas itself, and is not drawn again when a bar moves. */
export const Overview = memo(function Overview() {
  const { t } = useTranslation();
  const ops = useCatalogue();
  const { nodes } = useGraph();
  const tint = useUi((ui) => ui.tint);
  const troubles = useTroubles();
  const costs = useCosts(tint === "cost");
  const classOf = useCallback(
    ({ id }: BarNode): string => {
      const trouble = troubles.get(id);
      if (trouble === "mini-broken" || tint === "problems") return trouble ?? "mini-sound";
      if (tint === "cost") return costs.get(id) ?? "mini-heat mini-heat-0";
      const node = nodes[id];
      return `mini-${node ? groupOf(node, ops.get(node.op ?? "")) : "end"}`;
    },
    [nodes, ops, tint, troubles, costs],
  );
  return (
    <>
      <MiniMap<BarNode>
        pannable
        zoomable
        ariaLabel={t("designer.minimap")}
        nodeBorderRadius={8}
        nodeClassName={classOf}
      />
      <Panel position="bottom-right" className="map-tint">
        <select
          aria-label={t("designer.mapBy")}
          value={tint}
          onChange={(event) => setKept({ tint: event.currentTarget.value as Tint })}
        >
          {TINTS.map((one) => (
            <option key={one} value={one}>
              {t(`designer.mapTint.${one}`)}
            </option>
          ))}
        </select>
      </Panel>
    </>
  );
});
