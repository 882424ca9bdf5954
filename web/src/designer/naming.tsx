/** Naming: keep the drawing under another name. */
import { Button, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useNetworks } from "../api/queries";
import { useDesk } from "../desk/desk";
import type { Keeping } from "../desk/keep";
import { setUi, useUi } from "../desk/ui";
import { freeName, nameOf } from "../train/space";

export function Naming({ keeping }: { keeping: Keeping }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const isOpen = useUi((ui) => ui.isNaming);
  const current = useDesk((desk) => desk.name);
  const taken = (useNetworks().data ?? []).map((one) => one.name);
  const [name, setName] = useState("");
  const wished = nameOf(name) || freeName(current, taken);
  const isTaken = taken.includes(wished);
  const close = () => setUi({ isNaming: false });
  const keep = async () => {
    close();
    if (await keeping.saveAs(wished)) go(`/networks/${wished}`, { replace: true });
  };
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t("designer.saveAs")}
      closeButtonProps={{ "aria-label": t("do.close") }}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isTaken) void keep();
        }}
      >
        <TextInput
          label={t("designer.name")}
          value={name}
          placeholder={wished}
          error={isTaken ? t("said.name_taken", { name: wished }) : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Button type="submit" disabled={isTaken}>
          {t("do.save")}
        </Button>
      </form>
    </Modal>
  );
}
