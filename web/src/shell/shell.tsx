/** Shell: rail, tools, and the page of the address; sends to login when nobody is known. */
import { ActionIcon, Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  Boxes,
  Database,
  Ellipsis,
  FlaskConical,
  FolderKanban,
  GitCompareArrows,
  KeyRound,
  ListTodo,
  LogOut,
  Network,
  Rocket,
  Workflow,
} from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet } from "react-router";
import { http, Refusal } from "../api/client";
import { useWho } from "../api/queries";
import { startLive } from "../live/socket";
import { Login, SignInAgain } from "./login";
import { Mark } from "./mark";
import { Palette } from "./palette";
import { Language, LivePill, Scheme } from "./tools";
import { Loading, TroubleOf } from "./trouble";

const Queue = lazy(() => import("./queue"));
const Strip = lazy(() => import("./strip"));

const PLACES = [
  { to: "/datasets", word: "datasets", icon: Database },
  { to: "/networks", word: "networks", icon: Network },
  { to: "/experiments", word: "experiments", icon: FlaskConical },
  { to: "/compare", word: "compare", icon: GitCompareArrows },
  { to: "/models", word: "models", icon: Boxes },
  { to: "/deployments", word: "deployments", icon: Rocket },
  { to: "/loops", word: "loops", icon: Workflow },
] as const;

function More() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const leave = useMutation({
    mutationFn: () => http.POST("/api/v1/logout"),
    onSettled: () => queries.resetQueries(),
  });
  return (
    <Menu position="top-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t("rail.more")}>
          <Ellipsis size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/projects" leftSection={<FolderKanban size={16} />}>
          {t("rail.projects")}
        </Menu.Item>
        <Menu.Item component={Link} to="/keys" leftSection={<KeyRound size={16} />}>
          {t("rail.keys")}
        </Menu.Item>
        <Menu.Item component={Link} to="/jobs" leftSection={<ListTodo size={16} />}>
          {t("rail.jobs")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} />} onClick={() => leave.mutate()}>
          {t("rail.leave")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Frame({ project }: { project: string }) {
  const { t } = useTranslation();
  useEffect(startLive, []);
  const places = PLACES.map(({ to, word, icon: Icon }) => ({
    to,
    name: t(`rail.${word}`),
    icon: <Icon size={18} aria-hidden />,
  }));
  return (
    <div className="frame" data-state="signed-in">
      <a className="skip" href="#main">
        {t("rail.skip")}
      </a>
      <aside className="rail" aria-label={t("rail.frame")}>
        <Link to="/loops" className="brand" aria-label={t("brand")}>
          <Mark />
          {t("brand")} <span lang="zh">{t("brandMark")}</span>
        </Link>
        <nav aria-label={t("rail.label")}>
          {places.map((place) => (
            <NavLink key={place.to} className="go" to={place.to}>
              {place.icon}
              {place.name}
            </NavLink>
          ))}
        </nav>
        <div className="gap" />
        <Suspense fallback={null}>
          <Queue />
        </Suspense>
        <div className="tools">
          <div className="row apart">
            <LivePill />
            <span className="dim small project">{project}</span>
          </div>
          <div className="row apart tools-row">
            <Language />
            <div className="row" style={{ gap: 2 }}>
              <Scheme />
              <More />
            </div>
          </div>
        </div>
      </aside>
      <main className="main" id="main" tabIndex={-1}>
        <Suspense fallback={null}>
          <Strip project={project} />
        </Suspense>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <Palette />
      <nav className="tabbar" aria-label={t("rail.label")}>
        {places.map((place) => (
          <NavLink key={place.to} to={place.to}>
            {place.icon}
            {place.name}
          </NavLink>
        ))}
      </nav>
    </div>
  );
}

export function Shell() {
  const who = useWho();
  if (who.data)
    return (
      <>
        <Frame project={who.data.project} />
        <SignInAgain />
      </>
    );
  if (!who.error) return null;
  if (who.error instanceof Refusal && who.error.problem.status === 401) return <Login />;
  return (
    <main className="login">
      <TroubleOf error={who.error} />
    </main>
  );
}
