/** Picture: the field of a picture: chosen, dropped or drawn; what is sent is its data URI. */
import { Button } from "@mantine/core";
import { Eraser, ImageUp, PenLine } from "lucide-react";
import { type DragEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormColumn } from "../api/records";
import { isPicture, Picture } from "../shell/value";
import "./picture.css";

const SIDE = 224;
/** Base64 makes four letters of three bytes; a request holds ten million. */
const LARGEST = 7_000_000;
/** Of the shorter side, at least: a line thinner than a pixel of the network is lost. */
const THIN = 0.08;

interface PictureProps {
  column: FormColumn;
  value: string;
  onChange: (value: string) => void;
}

const read = (file: File): Promise<string> =>
  new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });

/** Whether the training pictures are dark at their rim: then one draws in white. */
async function isDark(example: unknown): Promise<boolean> {
  if (!isPicture(example)) return false;
  const image = new Image();
  image.src = example;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const pen = canvas.getContext("2d");
  if (!pen) return false;
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  const rim: number[] = [];
  for (let y = 0; y < canvas.height; y++)
    for (let x = 0; x < canvas.width; x++)
      if (x % (canvas.width - 1) === 0 || y % (canvas.height - 1) === 0)
        rim.push(data[(y * canvas.width + x) * 4 + 1] ?? 255);
  return rim.reduce((sum, one) => sum + one, 0) < 128 * rim.length;
}

export function PictureField({ column, value, onChange }: PictureProps) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  /** What the canvas gave last; null = there is none. */
  const [drawn, setDrawn] = useState<string | null>(null);
  const [isOver, setOver] = useState(false);
  const [wrong, setWrong] = useState<"large" | "foreign" | null>(null);
  const take = async (given: File | undefined) => {
    if (!given) return;
    const trouble = !given.type.startsWith("image/")
      ? "foreign"
      : given.size > LARGEST
        ? "large"
        : null;
    setWrong(trouble);
    if (trouble) return;
    setDrawn(null);
    onChange(await read(given));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  return (
    <fieldset
      className={`picture-field ${isOver ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <legend>{column.name}</legend>
      {drawn === value ? (
        <Canvas
          column={column}
          onChange={(next) => {
            setDrawn(next);
            onChange(next);
          }}
        />
      ) : isPicture(value) ? (
        <Picture className="whole" src={value} alt={column.name} />
      ) : (
        <p className="dim small">{t("try.dropPicture")}</p>
      )}
      <div className="row tight">
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<ImageUp size={14} />}
          onClick={() => file.current?.click()}
        >
          {t("try.choosePicture")}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<PenLine size={14} />}
          onClick={() => {
            setDrawn("");
            onChange("");
          }}
        >
          {t("try.draw")}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<Eraser size={14} />}
          disabled={!value}
          onClick={() => {
            setDrawn(null);
            onChange("");
          }}
        >
          {t("do.clear")}
        </Button>
      </div>
      <input
        ref={file}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/webp,image/bmp"
        data-testid="picture"
        onChange={(event) => {
          void take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      {wrong && (
        <p className="refusal small" role="alert">
          {t(`try.unusable.${wrong}`)}
        </p>
      )}
    </fieldset>
  );
}

function Canvas({ column, onChange }: { column: FormColumn; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [, height, width] = column.size ?? [1, 1, 1];
  const tall = Math.round((SIDE * height) / width);
  useEffect(() => {
    let isGone = false;
    void isDark(column.example).then((dark) => {
      const pen = canvas.current?.getContext("2d");
      if (!pen || isGone) return;
      pen.fillStyle = dark ? "black" : "white";
      pen.fillRect(0, 0, SIDE, tall);
      pen.strokeStyle = dark ? "white" : "black";
      pen.lineWidth = Math.min(SIDE, tall) * Math.max(THIN, 1.3 / Math.min(width, height));
      pen.lineCap = pen.lineJoin = "round";
    });
    return () => {
      isGone = true;
    };
  }, [column.example, tall, width, height]);
  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    const { currentTarget: on, clientX, clientY, buttons, type } = event;
    const pen = on.getContext("2d");
    if (!pen || !(buttons & 1)) return;
    const box = on.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * SIDE;
    const y = ((clientY - box.top) / box.height) * tall;
    if (type === "pointerdown") {
      on.setPointerCapture(event.pointerId);
      pen.beginPath();
      pen.moveTo(x, y);
    }
    pen.lineTo(x, y);
    pen.stroke();
  };
  return (
    <canvas
      ref={canvas}
      className="sketch"
      width={SIDE}
      height={tall}
      aria-label={t("try.drawHere", { name: column.name })}
      onPointerDown={move}
      onPointerMove={move}
      onPointerUp={({ currentTarget }) => onChange(currentTarget.toDataURL("image/png"))}
    />
  );
}
