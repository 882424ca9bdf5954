/** Login: paste a key, or open the link that `danlu up` printed. */
import { Button, Modal, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { http } from "../api/client";
import { useSession, wentOn } from "../api/session";
import { Mark } from "./mark";
import { Language, Scheme } from "./tools";
import { TroubleOf } from "./trouble";

/** A key, and what follows once the server has taken it. */
export function KeyForm({ onEnter }: { onEnter: () => unknown }) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState("");
  const enter = useMutation({
    mutationFn: () => http.POST("/api/v1/login", { body: { token: secret.trim() } }),
    onSuccess: onEnter,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (secret.trim()) enter.mutate();
  };
  return (
    <form onSubmit={submit} className="stack">
      <PasswordInput
        label={t("login.key")}
        description={t("login.keyHint")}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        autoComplete="current-password"
        size="md"
        data-autofocus
        visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
      />
      <TroubleOf error={enter.error} />
      <Button type="submit" size="md" loading={enter.isPending} disabled={!secret.trim()}>
        {t("login.enter")}
      </Button>
    </form>
  );
}

/** The session ended in the middle of work: sign in over the page, which stays as it is. */
export function SignInAgain() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const isOver = useSession((state) => state.isOver);
  const goOn = useCallback(() => {
    wentOn();
    return queries.invalidateQueries();
  }, [queries]);
  // Signing in may happen in another tab: asked again when this one is looked at.
  useEffect(() => {
    if (!isOver) return;
    const look = () => void http.GET("/api/v1/whoami").then(goOn, () => {});
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [isOver, goOn]);
  return (
    <Modal
      opened={isOver}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("login.over")}
    >
      <div className="stack" data-state="session-over">
        <p className="dim">{t("login.overText")}</p>
        <KeyForm onEnter={goOn} />
      </div>
    </Modal>
  );
}

export function Login() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  useEffect(() => {
    document.title = `${t("login.title")} · Danlu`;
  }, [t]);
  const begin = () => {
    wentOn();
    return queries.resetQueries();
  };
  return (
    <main className="login" data-state="login">
      <div className="card">
        <div className="body stack">
          <div className="brand" style={{ padding: 0 }}>
            <Mark size={34} />
            <div>
              <h1 style={{ fontSize: 20, lineHeight: 1.2 }}>{t("brand")}</h1>
              <span>{t("login.tagline")}</span>
            </div>
          </div>
          <KeyForm onEnter={begin} />
          <p className="dim small">
            <Trans i18nKey="login.link" components={{ c: <code className="mono" /> }} />
          </p>
          <div className="row apart">
            <Language />
            <Scheme />
          </div>
        </div>
      </div>
    </main>
  );
}
