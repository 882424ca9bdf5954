/** Lost: no such address; or a page whose files a newer version has replaced. */
import { Button } from "@mantine/core";
import { Compass, RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Empty } from "./page";

export function Lost() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={Compass}
      title={t("lost.title")}
      action={
        <Button component={Link} to="/loops">
          {t("lost.home")}
        </Button>
      }
    >
      {t("lost.text")}
    </Empty>
  );
}

/** A chunk that is gone after an upgrade fails to import: offer the new version; anything else is shown as it is. */
export function Newer() {
  const { t } = useTranslation();
  const error = useRouteError();
  const isChunk = error instanceof TypeError && /import|module/i.test(error.message);
  return (
    <main className="login">
      <Empty
        icon={RefreshCw}
        title={isChunk ? t("lost.newer") : t("lost.broken")}
        action={<Button onClick={() => location.reload()}>{t("lost.reload")}</Button>}
      >
        {isChunk ? t("lost.newerText") : String(error)}
      </Empty>
    </main>
  );
}
