/** Wire: what the selected edge carries, and what can be done with it. */
import { Button } from "@mantine/core";
import { Plus, Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { typeText } from "../canvas/ops";
import { scopeOf, useDesk, useDeskStore } from "../desk/desk";
import { typeOf } from "../desk/paths";
import { setUi } from "../desk/ui";
import { disconnect } from "../document/edit";
import { isOutput, outputOf } from "../document/graph";
import type { Edge } from "../document/types";
import { Facts } from "../shell/page";
import { Peek } from "./peek";

export function WireFields({ edge }: { edge: Edge }) {
  const { t } = useTranslation();
  const store = useDeskStore();
  const type = useDesk((desk) => typeOf(desk, edge.from));
  const to = isOutput(edge.to) ? outputOf(edge.to) : edge.to;
  const go = (name: string) => store.getState().select([name]);
  const insert = (event: React.MouseEvent) => {
    const at = event.currentTarget.getBoundingClientRect();
    setUi({ finding: { at: { x: at.left - 330, y: at.top }, place: null, from: null, edge } });
  };
  const cut = () => {
    const desk = store.getState();
    desk.act("disconnect", (p) => disconnect(p, scopeOf(desk), edge), {
      args: { from: edge.from, to },
    });
  };
  return (
    <div className="inspector-body">
      <div className="inspector-head">
        <div className="grow">
          <h2 className="wire-ends">
            <button type="button" className="plain" onClick={() => go(edge.from)}>
              {edge.from}
            </button>
            <span aria-hidden>→</span>
            <button type="button" className="plain" onClick={() => go(edge.to)}>
              {to}
            </button>
          </h2>
          <div className="dim small">{t("designer.wire")}</div>
        </div>
      </div>
      {type && (
        <Facts
          items={[
            [
              t("network.shape"),
              <span key="type" className="mono">
                {typeText(type)}
              </span>,
            ],
          ]}
        />
      )}
      <div className="row tight">
        <Button size="compact-xs" variant="light" leftSection={<Plus size={13} />} onClick={insert}>
          {t("designer.insertHere")}
        </Button>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<Unplug size={13} />}
          onClick={cut}
        >
          {t("designer.cutWire")}
        </Button>
      </div>
      <Peek key={edge.from} node={edge.from} />
    </div>
  );
}
