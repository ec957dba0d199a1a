//! The other commands: migrations, signing keys, completions, help.

use super::{MASTER_KEY, Roster, path};
use crate::support::Engine;

#[tokio::test]
async fn migrations_run_by_eight_processes_at_once_are_applied_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let empty = engine.empty().await;
        let run = |verb: &str| {
            let command = Roster::new(&["migrate", verb]).deployed(&empty.settings.url);
            async move { command.run().await }
        };
        let before = run("status").await;
        assert_eq!(before.code, Some(1), "{before:?}");
        let steps = before.out.lines().count();
        assert!(
            steps >= 3 && before.out.lines().all(|line| line.starts_with("pending  m")),
            "{before:?}"
        );
        let together = futures_util::future::join_all((0..8).map(|_| run("up"))).await;
        let mut applied = 0;
        for ended in &together {
            assert_eq!(ended.code, Some(0), "{engine:?} {ended:?}");
            applied += ended.out.lines().filter(|line| line.starts_with("applied  m")).count();
            assert!(
                ended.out == "nothing to do\n" || ended.out.starts_with("applied  m"),
                "{ended:?}"
            );
        }
        println!("{engine:?}: 8 processes, {steps} migrations, {applied} applied");
        assert_eq!(
            applied, steps,
            "each step is told by the process that took it: {together:?}"
        );
        let after = run("status").await;
        assert_eq!(after.code, Some(0), "{after:?}");
        assert!(
            after.out.lines().all(|line| line.starts_with("applied  m")),
            "{after:?}"
        );
        assert_eq!(run("up").await.out, "nothing to do\n");
    }
}

#[tokio::test]
async fn signing_keys_are_listed_and_rotated_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = path(&folder, "data");
    let server = Roster::dev(&folder).start().await;
    let run = |verb: &'static str| {
        let command = Roster::new(&["keys", verb, "--dev"]).with("ROSTER_DATA__FOLDER", &data);
        async move { command.run().await }
    };
    let one = run("list").await;
    assert_eq!((one.code, one.out.lines().count()), (Some(0), 2), "{one:?}");
    assert!(one.out.starts_with("KEY ") && one.out.contains("  signs  "), "{one:?}");
    let rotated = run("rotate").await;
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    assert!(
        rotated.out.starts_with("made ") && rotated.out.contains("retires "),
        "{rotated:?}"
    );
    let two = run("list").await;
    assert_eq!(two.out.lines().count(), 3, "{two:?}");
    assert!(two.out.contains("  publishes  "), "{two:?}");
    let again = run("rotate").await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(
        again.err.contains("under way") && again.err.lines().count() == 1,
        "{again:?}"
    );
    assert_eq!(server.get("/healthz").await.code, 200);
    let nothing = Roster::new(&["keys", "list", "--dev"])
        .with("ROSTER_DATA__FOLDER", &path(&folder, "elsewhere"))
        .run()
        .await;
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(!folder.path().join("elsewhere").exists(), "a look makes nothing");
}

#[tokio::test]
async fn a_key_is_not_rotated_under_another_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = path(&folder, "data");
    let mut server = Roster::dev(&folder).start().await;
    server.signal("TERM");
    server.ended().await;
    let rotate = Roster::new(&["keys", "rotate", "--dev"]).with("ROSTER_DATA__FOLDER", &data);
    let refused = rotate
        .clone()
        .with("ROSTER_SECRETS__MASTER_KEY", MASTER_KEY)
        .run()
        .await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.err.contains("secrets.master_key is not the master key"),
        "{refused:?}"
    );
    let list = Roster::new(&["keys", "list", "--dev"])
        .with("ROSTER_DATA__FOLDER", &data)
        .run()
        .await;
    assert_eq!(list.out.lines().count(), 2, "nothing was made: {list:?}");
    assert_eq!(rotate.run().await.code, Some(0));
}

#[tokio::test]
async fn completions_are_shell_code() {
    let bash = Roster::new(&["completions", "bash"]).run().await;
    assert_eq!(bash.code, Some(0));
    for word in ["complete ", "serve", "migrate", "healthcheck", "--grpc-listen"] {
        assert!(bash.out.contains(word), "{word}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = path(&folder, "roster.bash");
    std::fs::write(&file, &bash.out).unwrap();
    assert!(
        std::process::Command::new("bash")
            .args(["-n", &file])
            .status()
            .unwrap()
            .success()
    );
    for shell in ["zsh", "fish"] {
        assert_eq!(Roster::new(&["completions", shell]).run().await.code, Some(0));
    }
}

#[tokio::test]
async fn help_reads_well_and_mistakes_get_a_hint() {
    let help = Roster::new(&["--help"]).run().await;
    assert_eq!(help.code, Some(0));
    for word in [
        "Identity and membership over gRPC",
        "serve",
        "migrate",
        "keys",
        "config",
        "healthcheck",
        "roster serve --dev",
    ] {
        assert!(help.out.contains(word), "{word} in {}", help.out);
    }
    for command in [
        &["serve"][..],
        &["migrate"],
        &["migrate", "up"],
        &["keys", "rotate"],
        &["members", "import"],
        &["config", "check"],
        &["healthcheck"],
    ] {
        let words: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let help = Roster::new(&words).run().await;
        assert_eq!(help.code, Some(0), "{command:?}");
        assert!(help.out.contains("Usage: roster ") && help.err.is_empty(), "{help:?}");
        assert!(help.out.lines().all(|line| line.chars().count() <= 140), "{}", help.out);
    }
    let version = Roster::new(&["--version"]).run().await;
    assert_eq!(version.out, format!("roster {}\n", env!("CARGO_PKG_VERSION")));
    let wrong = Roster::new(&["sevre"]).run().await;
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("serve"), "{}", wrong.err);
    let nothing = Roster::new(&[]).run().await;
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("Usage: roster"), "{}", nothing.err);
}
