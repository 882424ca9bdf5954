/** Commands: every action of the open page, every page, every object, found by typing. */
import { Modal, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { shownKey } from "../actions/keys";
import { type Offer, usePalette } from "../actions/offers";
import {
  useDatasets,
  useDeployments,
  useExperiments,
  useLoops,
  useModels,
  useNetworks,
} from "../api/queries";
import { Pick } from "../designer/pick";
import { choose } from "../locales/i18n";

const PAGES = [
  "datasets",
  "networks",
  "experiments",
  "compare",
  "models",
  "deployments",
  "loops",
  "projects",
  "keys",
  "jobs",
] as const;
const NEW = { network: "/networks?propose=1", experiment: "/experiments?start=1" } as const;
const MOST = 60;

export const matches = (text: string, query: string): boolean =>
  query
    .toLowerCase()
    .split(/\s+/)
    .every((part) => text.toLowerCase().includes(part));

/** Buttons and links of the page as they stand; what they are called is what they say. */
function onPage(kind: string): Offer[] {
  const found = document.querySelectorAll<HTMLElement>(
    "#main button:not(:disabled), #main a[href], #main [role=tab]",
  );
  const offers = new Map<string, Offer>();
  for (const one of found) {
    const text = (one.getAttribute("aria-label") ?? one.innerText).replace(/\s+/g, " ").trim();
    if (!text || text.length > 60 || offers.has(text)) continue;
    const run = () => {
      one.focus();
      one.click();
    };
    offers.set(text, { id: `here ${text}`, text, kind, run });
  }
  return [...offers.values()];
}

/** Every object of the project, as a way to its page. */
function useObjects(): Offer[] {
  const { t } = useTranslation();
  const go = useNavigate();
  const lists: [string, string, string[]][] = [
    ["datasets", t("noun.dataset"), (useDatasets().data ?? []).map((one) => one.name)],
    ["networks", t("noun.network"), (useNetworks().data ?? []).map((one) => one.name)],
    ["experiments", t("noun.experiment"), (useExperiments().data ?? []).map((one) => one.name)],
    [
      "models",
      t("noun.model"),
      (useModels().data ?? []).map((one) => `${one.name}@${one.version}`),
    ],
    ["deployments", t("noun.deployment"), (useDeployments().data ?? []).map((one) => one.name)],
    ["loops", t("noun.loop"), (useLoops().data ?? []).map((one) => one.name)],
  ];
  return lists.flatMap(([noun, kind, names]) =>
    names.map((name) => ({
      id: `${noun} ${name}`,
      text: name,
      kind,
      run: () => go(`/${noun}/${encodeURIComponent(name)}`),
    })),
  );
}

/** What can be done anywhere. */
function useAnywhere(): Offer[] {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const next = useComputedColorScheme("light") === "dark" ? "light" : "dark";
  const other = i18n.language === "zh" ? "en" : "zh";
  return [
    ...PAGES.map((page) => ({
      id: `page ${page}`,
      text: t(`rail.${page}`),
      kind: t("designer.page"),
      run: () => go(`/${page}`),
    })),
    ...(["network", "experiment"] as const).map((noun) => ({
      id: `new ${noun}`,
      text: t(`palette.new.${noun}`),
      kind: t("palette.start"),
      run: () => go(NEW[noun]),
    })),
    {
      id: "theme",
      text: t(`tool.${next}`),
      kind: t("palette.view"),
      run: () => setColorScheme(next),
    },
    {
      id: "language",
      text: t(`tool.${other}`),
      kind: t("tool.language"),
      run: () => choose(other),
    },
  ];
}

export const Keys = ({ keys }: { keys: readonly string[] }) => (
  <span className="keys">
    {keys.map((one) => (
      <kbd key={one}>{shownKey(one)}</kbd>
    ))}
  </span>
);

export default function Commands() {
  const { t } = useTranslation();
  const offers = usePalette((palette) => palette.offers);
  const [query, setQuery] = useState("");
  const before = useRef(document.activeElement as HTMLElement | null);
  const here = useMemo(() => (offers ? offers() : onPage(t("palette.here"))), [offers, t]);
  const [objects, anywhere] = [useObjects(), useAnywhere()];
  const close = () => {
    usePalette.setState({ isOpen: false });
    setTimeout(() => before.current?.isConnected && before.current.focus({ preventScroll: true }));
  };
  const all = [...here, ...objects, ...anywhere];
  const found = all.filter((one) => matches(`${one.text} ${one.kind} ${one.id}`, query));
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      size="lg"
      padding={0}
      yOffset="12vh"
      title={t("designer.commands")}
      styles={{ header: { display: "none" } }}
      returnFocus={false}
      className="commands"
    >
      <Pick
        label={t("designer.commands")}
        placeholder={t("designer.commandsHint")}
        query={query}
        onQuery={setQuery}
        choices={found.slice(0, MOST).map((one) => ({
          id: one.id,
          run: () => {
            close();
            one.run();
          },
          node: (
            <span className="pick-line">
              <span className="grow">{one.text}</span>
              <span className="dim small">{one.kind}</span>
              <Keys keys={(one.keys ?? []).slice(0, 1)} />
            </span>
          ),
        }))}
        none={t("designer.noCommand")}
        onClose={close}
      />
    </Modal>
  );
}
