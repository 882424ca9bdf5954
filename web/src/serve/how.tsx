/** How: how what really happened is sent: as a request for the shell, for Python, or as a file. */
import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addressOf } from "../api/client";

/** The truth of a prediction, sent from the shell, from Python, or as a file of many. */
function snippets(url: string, origin: string, name: string, truth: unknown) {
  const id = "0190a6b0-3c6a-7000-8000-0123ab000000";
  const inPython = typeof truth === "boolean" ? (truth ? "True" : "False") : JSON.stringify(truth);
  const row = JSON.stringify({ rows: [{ id, truth }] });
  return {
    curl: [
      `curl -X POST '${url}'`,
      `  -H "Authorization: Bearer $DANLU_KEY"`,
      `  -H 'Content-Type: application/json'`,
      `  -d '${row.replaceAll("'", "'\\''")}'`,
    ].join(" \\\n"),
    Python: [
      "import os",
      "import danlu",
      "",
      `ws = danlu.connect("${origin}", key=os.environ["DANLU_KEY"])`,
      `answer = ws.deployments.predict("${name}", [row])`,
      'prediction = answer["predictions"][0]["id"]  # keep it beside your own record',
      `ws.deployments.feedback("${name}", [{"id": prediction, "truth": ${inPython}}])`,
    ].join("\n"),
    CLI: [
      `# truths.jsonl: ${JSON.stringify({ id, truth })}`,
      `danlu feedback ${name} truths.jsonl`,
    ].join("\n"),
  };
}

interface HowProps {
  name: string;
  target?: string;
  classes?: unknown[];
}

export function HowFeedback({ name, target, classes = [] }: HowProps) {
  const { t } = useTranslation();
  const url = new URL(addressOf("deployments", name, "feedback"), location.href).href;
  const faces = snippets(url, new URL(document.baseURI).origin, name, classes[0] ?? 12.5);
  const [face, setFace] = useState<keyof typeof faces>("curl");
  return (
    <div className="stack tight" data-state="how">
      <p className="dim">{t("how.text", { target: target ?? "–" })}</p>
      <div>
        <SegmentedControl
          size="xs"
          aria-label={t("how.title")}
          value={face}
          onChange={(value) => setFace(value as keyof typeof faces)}
          data={Object.keys(faces)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className="code" tabIndex={0}>
        {faces[face]}
      </pre>
    </div>
  );
}
