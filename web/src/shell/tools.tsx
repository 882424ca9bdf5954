/** Tools: language, light or dark, and whether the page is live. */
import {
  ActionIcon,
  SegmentedControl,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLive } from "../live/socket";
import { type Language as Code, choose } from "../locales/i18n";

export function Language() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("tool.language")}
      value={i18n.language}
      onChange={(value) => choose(value as Code)}
      data={[
        { value: "en", label: t("tool.en") },
        { value: "zh", label: t("tool.zh") },
      ]}
    />
  );
}

export function Scheme() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const next = scheme === "dark" ? "light" : "dark";
  const label = t(`tool.${next}`);
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        aria-label={label}
        onClick={() => setColorScheme(next)}
      >
        {scheme === "dark" ? <Sun size={17} /> : <Moon size={17} />}
      </ActionIcon>
    </Tooltip>
  );
}

export function LivePill() {
  const { t } = useTranslation();
  const state = useLive((live) => live.state);
  const tone = state === "live" ? "good" : state === "reconnecting" ? "warn" : "";
  return (
    <output className={`pill ${tone}`} data-state={state}>
      <span className={state === "live" ? "dot" : "dot beat"} aria-hidden />
      {t(`live.${state}`)}
    </output>
  );
}
