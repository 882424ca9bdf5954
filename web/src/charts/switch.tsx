/** Switch: a chart as a picture or as a table. */
import { Button } from "@mantine/core";
import { Table2 } from "lucide-react";
import { useTranslation } from "react-i18next";

interface SwitchProps {
  isTable: boolean;
  onSwitch: (isTable: boolean) => void;
  /** What the picture is called. */
  picture: string;
}

export function TableSwitch({ isTable, onSwitch, picture }: SwitchProps) {
  const { t } = useTranslation();
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      leftSection={<Table2 size={14} />}
      onClick={() => onSwitch(!isTable)}
      aria-pressed={isTable}
    >
      {isTable ? picture : t("chart.table")}
    </Button>
  );
}
