//! Choosing a preset: the ones that come with Roster, one's own file, and what is wrong with a file.

use super::start::{explains, folder};
use super::{Roster, Server, path, signed_up};
use crate::support::with;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::access::v1::access_service_client::AccessServiceClient;

#[tokio::test]
async fn a_preset_that_can_not_be_read_is_named_with_its_line() {
    let folder = folder();
    let file = path(&folder, "preset.toml");
    let base = Roster::dev(&folder)
        .with("ROSTER_TELEMETRY__LOG_FILTER", "warn")
        .with("ROSTER_ORGANIZATIONS__PRESET", &file);
    explains(
        &base.run().await,
        1,
        &[
            "organizations.preset",
            &file,
            "neither a preset's name nor a readable file",
        ],
    );
    std::fs::write(&file, "name = \"mine\"\nowners = \"many\"\n").unwrap();
    explains(&base.run().await, 1, &["organizations.preset", &file, "line 2"]);
    let unknown = base.with("ROSTER_ORGANIZATIONS__PRESET", "standart").run().await;
    explains(&unknown, 1, &["organizations.preset", "standart"]);
}

#[tokio::test]
async fn the_check_refuses_a_faulty_preset_with_its_line_as_the_start_does() {
    let folder = folder();
    let file = path(&folder, "preset.toml");
    let check = Roster::new(&["config", "check", "--dev"]).with("ROSTER_DATA__FOLDER", &path(&folder, "data"));
    let check = |preset: &str| check.clone().with("ROSTER_ORGANIZATIONS__PRESET", preset);
    let standard = crate::sources::read("presets/standard.toml");
    let line = |needle: &str| 1 + standard.lines().position(|line| line.contains(needle)).unwrap();
    for (from, to, says) in [
        (
            "former_owner_role = \"admin\"",
            "former_owner_role = \"owner\"",
            "the owner role: name another",
        ),
        (
            "default = \"invitation\"",
            "default = \"carrier_pigeon\"",
            "carrier_pigeon",
        ),
        ("owners = 1", "owners = 0", "owners must be at least 1"),
        (
            "permissions = [\"organization.read\", \"members.read\", \"resources",
            "permissions = [\"organisation.read\", \"members.read\", \"resources",
            "\"organisation.read\", which no module has",
        ),
    ] {
        assert!(standard.contains(from), "{from}");
        std::fs::write(&file, standard.replacen(from, to, 1)).unwrap();
        let line = format!("line {}", line(from));
        explains(
            &check(&file).run().await,
            2,
            &["organizations.preset", &file, &line, says],
        );
        let start = Roster::dev(&folder).with("ROSTER_TELEMETRY__LOG_FILTER", "warn");
        let start = start.with("ROSTER_ORGANIZATIONS__PRESET", &file);
        explains(&start.run().await, 1, &["organizations.preset", &file, &line, says]);
    }
    let unknown = check("standart").run().await;
    explains(
        &unknown,
        2,
        &[
            "organizations.preset",
            "standart",
            "standard, credits, operations, workspace, documents",
        ],
    );
    std::fs::write(&file, &standard).unwrap();
    for sound in ["workspace", &file] {
        assert_eq!(check(sound).run().await.code, Some(0));
    }
}

#[tokio::test]
async fn each_preset_serves_its_own_roles() {
    for preset in ["standard", "credits", "operations", "workspace", "documents"] {
        let folder = folder();
        let server = Roster::dev(&folder)
            .with("ROSTER_SIGN_UP__MODE", "immediate")
            .with("ROSTER_ORGANIZATIONS__PRESET", preset)
            .start()
            .await;
        let text = crate::sources::read(&format!("presets/{preset}.toml"));
        let table: toml::Table = text.parse().unwrap();
        let roles = table["roles"].as_array().unwrap();
        let names: Vec<_> = roles
            .iter()
            .map(|role| role["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(served_roles(&server).await, names, "{preset}");
    }
}

#[tokio::test]
async fn i1_a_preset_under_which_nobody_would_own_what_is_there_is_refused() {
    let folder = folder();
    let base = Roster::dev(&folder).with("ROSTER_SIGN_UP__MODE", "immediate");
    let mut server = base.start().await;
    signed_up(&mut server.identity().await, "ana").await;
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0));
    let quiet = |preset: &str| {
        let base = base.clone().with("ROSTER_TELEMETRY__LOG_FILTER", "warn");
        base.with("ROSTER_ORGANIZATIONS__PRESET", preset)
    };
    let words = [
        "organizations.preset",
        "documents",
        "doesn't fit this database",
        "\"admin\", which owns",
    ];
    explains(&quiet("documents").run().await, 1, &words);
    // Where the owners have the same role, one may change one's mind.
    base.with("ROSTER_ORGANIZATIONS__PRESET", "credits").start().await;
}

/// The names of the roles that a founder finds.
async fn served_roles(server: &Server) -> Vec<String> {
    let tokens = signed_up(&mut server.identity().await, "ana").await;
    let mut access = AccessServiceClient::new(server.channel().await);
    let roles = access
        .list_roles(with(&tokens.access_token, ac::ListRolesRequest::default()))
        .await;
    roles
        .unwrap()
        .into_inner()
        .roles
        .into_iter()
        .map(|role| role.name)
        .collect()
}
