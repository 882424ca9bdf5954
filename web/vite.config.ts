/** Build: hashed files into the Python package; the dev server sends API and socket to a real one. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.DANLU_URL ?? "http://127.0.0.1:8420";
const proxied = { target: server, changeOrigin: true, ws: true };

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../src/danlu/web",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
  },
  server: { proxy: { "/api": proxied, "/login": proxied } },
});
