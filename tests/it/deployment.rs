//! The files by which the service is run elsewhere: what must never be lost from them.

use std::{fs, path::Path};

use serde_json::Value;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn documents(path: &str) -> Vec<Value> {
    let text = text(path);
    let parts = text.split("\n---\n").filter(|part| !part.trim().is_empty());
    parts.map(|part| serde_saphyr::from_str(part).unwrap_or_else(|error| panic!("{path}: {error}"))).collect()
}

/// Every object of the manifests.
fn manifests() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    names.sort();
    names.iter().flat_map(|name| documents(&format!("deploy/kubernetes/{name}"))).collect()
}

/// Does it name a version that stays?
fn is_pinned(image: &str) -> bool {
    let tag = image.rsplit('/').next().unwrap().split_once(':').map(|(_, tag)| tag);
    tag.is_some_and(|tag| !tag.is_empty() && tag != "latest")
}

#[test]
fn the_container_is_nobody_and_watches_itself() {
    let dockerfile = text("Dockerfile");
    let said: Vec<&str> = dockerfile.lines().filter(|line| !line.starts_with('#')).collect();
    let of = |word: &str| said.iter().filter_map(|line| line.strip_prefix(&format!("{word} "))).collect::<Vec<_>>();
    let bases = of("FROM");
    assert_eq!(bases.len(), 2, "one stage builds, another runs");
    assert!(bases.iter().all(|base| is_pinned(base.split(' ').next().unwrap())), "{bases:?}");
    assert_eq!(of("USER"), ["10001:10001"]);
    assert!(of("HEALTHCHECK")[0].contains("\"proviso\", \"healthcheck\""));
    assert!(dockerfile.contains("--features tls"), "PostgreSQL is reached over TLS");
    assert!(dockerfile.contains("--locked"));
    assert!(said.iter().any(|line| line.contains("postgresql-client")), "what backs PostgreSQL up");
    assert_eq!(of("ENTRYPOINT"), ["[\"proviso\"]"]);
}

#[test]
fn compose_runs_it_without_rights() {
    let compose = &documents("compose.yaml")[0];
    let service = &compose["services"]["proviso"];
    assert!(is_pinned(service["image"].as_str().unwrap()));
    assert_eq!(service["read_only"], true);
    assert_eq!(service["user"], "10001:10001");
    assert_eq!(service["cap_drop"][0], "ALL");
    assert_eq!(service["security_opt"][0], "no-new-privileges:true");
    for port in service["ports"].as_array().unwrap() {
        assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{port}");
    }
    let postgres = &compose["services"]["postgres"];
    assert_eq!(postgres["profiles"][0], "postgres", "SQLite needs one service alone");
    assert!(is_pinned(postgres["image"].as_str().unwrap()) && postgres["healthcheck"].is_object());
}

#[test]
fn the_cluster_runs_two_without_rights_and_asks_how_they_are() {
    let manifests = manifests();
    let found: Vec<&Value> = manifests.iter().filter(|object| object["kind"] == "Deployment").collect();
    assert_eq!(found.len(), 1);
    let spec = &found[0]["spec"];
    assert_eq!(spec["replicas"], 2);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["automountServiceAccountToken"], false);
    for container in pod["containers"].as_array().unwrap() {
        assert!(is_pinned(container["image"].as_str().unwrap()));
        let rights = &container["securityContext"];
        assert_eq!(rights["readOnlyRootFilesystem"], true);
        assert_eq!(rights["allowPrivilegeEscalation"], false);
        assert_eq!(rights["capabilities"]["drop"][0], "ALL");
        assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez");
        assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
        assert!(container["resources"]["limits"]["memory"].is_string());
    }
    for object in &manifests {
        assert!(object["apiVersion"].is_string() && object["metadata"]["name"] == "proviso", "{object}");
        assert_ne!(object["kind"], "Secret", "no secret is kept beside the code");
    }
}

#[test]
fn what_the_cluster_is_configured_with_is_a_configuration() {
    let manifests = manifests();
    let map = manifests.iter().find(|object| object["kind"] == "ConfigMap").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("database-url");
    fs::write(&secret, "postgres://proviso@db/proviso").unwrap();
    let env = map["data"].as_object().unwrap().iter().map(|(name, value)| {
        let value = if name.ends_with("_FILE") { secret.to_str().unwrap() } else { value.as_str().unwrap() };
        (name.clone(), value.to_owned())
    });
    proviso::config::Config::load(None, env, &[]).unwrap();
}

#[test]
fn the_unit_gives_nothing_away() {
    let unit = text("deploy/proviso.service");
    for said in [
        "DynamicUser=yes",
        "LoadCredential=proviso.toml:/etc/proviso/proviso.toml",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "PrivateDevices=yes",
        "Restart=on-failure",
    ] {
        assert!(unit.lines().any(|line| line == said), "{said}");
    }
    let starts: Vec<&str> = unit.lines().filter(|line| line.starts_with("ExecStart")).collect();
    assert!(starts.iter().all(|line| line.contains("--config ${CREDENTIALS_DIRECTORY}/proviso.toml ")), "{starts:?}");
}
