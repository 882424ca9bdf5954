/** Main: providers and addresses; each noun's page is a chunk of its own. */
import "./theme/mantine";
import "./theme/studio.css";
import "./locales/i18n";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Navigate, RouterProvider } from "react-router";
import { root } from "./api/client";
import { client } from "./api/queries";
import { Lost, Newer } from "./shell/lost";
import { Shell } from "./shell/shell";
import { theme } from "./theme/theme";

const Datasets = lazy(() => import("./pages/datasets"));
const Networks = lazy(() => import("./pages/networks"));
const Experiments = lazy(() => import("./pages/experiments"));
const Compare = lazy(() => import("./pages/compare"));
const Models = lazy(() => import("./pages/models"));
const Deployments = lazy(() => import("./pages/deployments"));
const Loops = lazy(() => import("./pages/loops"));
const Projects = lazy(() => import("./pages/projects"));
const Keys = lazy(() => import("./pages/keys"));
const Jobs = lazy(() => import("./pages/jobs"));

const router = createBrowserRouter(
  [
    {
      element: <Shell />,
      errorElement: <Newer />,
      children: [
        { index: true, element: <Navigate to="/loops" replace /> },
        { path: "datasets/:name?", element: <Datasets /> },
        { path: "networks/:name?", element: <Networks /> },
        { path: "experiments/:name?", element: <Experiments /> },
        { path: "compare", element: <Compare /> },
        { path: "models/:name?", element: <Models /> },
        { path: "deployments/:name?", element: <Deployments /> },
        { path: "loops/:name?", element: <Loops /> },
        { path: "projects", element: <Projects /> },
        { path: "keys", element: <Keys /> },
        { path: "jobs", element: <Jobs /> },
        { path: "*", element: <Lost /> },
      ],
    },
  ],
  { basename: root },
);

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
