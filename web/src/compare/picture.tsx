/** Picture: save what is drawn, as it stands, as SVG or PNG. */
import { ActionIcon, Menu } from "@mantine/core";
import { Download } from "lucide-react";
import { type RefObject, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { savePng, saveText } from "../designer/files";

export interface Picture {
  svg: string;
  width: number;
  height: number;
}

/** An SVG of the page as a file of its own: with a ground, a size, and a font that needs no page. */
export function pictureOf(drawn: SVGSVGElement, ground: string): Picture {
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  const width = Number(drawn.getAttribute("width"));
  const height = Number(drawn.getAttribute("height"));
  for (const one of copy.querySelectorAll("[data-screen]")) one.remove();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("font-family", "Inter, system-ui, sans-serif");
  copy.removeAttribute("class");
  const under = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  under.setAttribute("width", String(width));
  under.setAttribute("height", String(height));
  under.setAttribute("fill", ground);
  copy.prepend(under);
  return { svg: new XMLSerializer().serializeToString(copy), width, height };
}

export function usePicture(drawn: RefObject<SVGSVGElement | null>, ground: string) {
  return useCallback(
    () => (drawn.current ? pictureOf(drawn.current, ground) : null),
    [drawn, ground],
  );
}

/** A button that offers the forms a picture can be taken away in. */
export function Save({
  name,
  title,
  make,
}: {
  name: string;
  title: string;
  make: () => Picture | null;
}) {
  const { t } = useTranslation();
  const save = (form: "svg" | "png") => {
    const picture = make();
    if (!picture) return;
    const { svg, width, height } = picture;
    if (form === "svg") saveText(`${name}.svg`, svg, "image/svg+xml");
    else void savePng(`${name}.png`, svg, width, height);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={t("compare.save", { what: title })}
        >
          <Download size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save("svg")}>{t("compare.svg")}</Menu.Item>
        <Menu.Item onClick={() => save("png")}>{t("compare.png")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
