/** Snippets: the row of the form as a request for the shell or for Python. */
import { Button, CopyButton, SegmentedControl } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { addressOf } from "../api/client";
import type { Json } from "../api/records";
import { Card } from "../shell/page";
import { curlOf, pythonSnippet } from "./form";

export function Snippets({ name, row }: { name: string; row: Json }) {
  const { t } = useTranslation();
  const [face, setFace] = useState("curl");
  const url = new URL(addressOf("deployments", name, "predict"), location.href).href;
  const text =
    face === "curl" ? curlOf(url, row) : pythonSnippet(new URL(document.baseURI).origin, name, row);
  const copy = (
    <CopyButton value={text}>
      {({ copied, copy: take }) => (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={copied ? <Check size={14} /> : <Copy size={14} />}
          onClick={take}
        >
          {copied ? t("do.copied") : t("do.copy")}
        </Button>
      )}
    </CopyButton>
  );
  return (
    <Card title={t("try.fromCode")} actions={copy}>
      <div className="stack tight">
        <div>
          <SegmentedControl
            size="xs"
            aria-label={t("try.fromCode")}
            value={face}
            onChange={setFace}
            data={["curl", "Python"]}
          />
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre className="code" style={{ maxHeight: 260, overflowY: "auto" }} tabIndex={0}>
          {text}
        </pre>
        <p className="dim small">
          {t("try.keyHint")}{" "}
          <Link className="link" to="/keys">
            {t("rail.keys")}
          </Link>
        </p>
      </div>
    </Card>
  );
}
