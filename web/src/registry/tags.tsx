/** Tags: words on a model, written and taken away in place. */
import { TagsInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { http, one } from "../api/client";
import { useModels } from "../api/queries";
import type { Model } from "../api/records";
import { TroubleOf } from "../shell/trouble";

const [MOST, LONGEST] = [20, 60];

export function ModelTags({ model }: { model: Model }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const ref = `${model.name}@${model.version}`;
  const known = new Set((useModels().data ?? []).flatMap((one) => one.tags ?? []));
  const put = useMutation({
    mutationFn: (tags: string[]) =>
      one<Model>(
        http.PUT("/api/v1/models/{ref}/tags", { params: { path: { ref } }, body: { tags } }),
      ),
    onSuccess: (tagged) => {
      queries.setQueryData(["models", ref], tagged);
      queries.invalidateQueries({ queryKey: ["models", "*"], exact: true });
    },
  });
  const shown = put.isPending ? put.variables : (model.tags ?? []);
  return (
    <div data-state={put.isPending ? "saving" : "tags"} style={{ marginTop: 12 }}>
      <TagsInput
        size="xs"
        label={t("model.tags")}
        placeholder={t("model.addTag")}
        data={[...known]}
        value={shown}
        maxTags={MOST}
        maw={520}
        clearable={false}
        onChange={(tags) => put.mutate(tags.map((tag) => tag.trim().slice(0, LONGEST)))}
      />
      <TroubleOf error={put.error} />
    </div>
  );
}
