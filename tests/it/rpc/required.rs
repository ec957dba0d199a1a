//! What a preset requires of new members besides the address: by hand, by file, and in what it exports.

use crate::support::files::how;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::membership::v1::add_member_request::Onboarding;
use tonic::Code;

use ms::ExistingMembers::{Skip, Update};
use ms::ImportMode::{Atomic, BestEffort};

/// Somebody with all that a preset may ask for, and a role that each of them has.
fn whole(email: &str, onboarding: Option<Onboarding>) -> ms::AddMemberRequest {
    ms::AddMemberRequest {
        email: email.into(),
        display_name: "Somebody".into(),
        role_ids: vec!["member".into()],
        onboarding,
        ..Default::default()
    }
}

fn invitation(send_later: bool) -> Option<Onboarding> {
    Some(Onboarding::Invitation(ms::InvitationOnboarding { send_later }))
}

fn list_only() -> Option<Onboarding> {
    Some(Onboarding::ListOnly(ms::ListOnly {}))
}

fn password() -> Option<Onboarding> {
    let made = ms::TemporaryPasswordOnboarding::default();
    Some(Onboarding::TemporaryPassword(made))
}

/// Everybody with name and roles.
async fn listed(world: &World, by: &Person) -> Vec<(String, String, Vec<String>)> {
    let members = world.list(by, ms::ListMembersRequest::default()).await.members;
    let one = |member: ms::Member| {
        let roles = member.roles.into_iter().map(|role| role.name);
        (member.email, member.display_name, roles.collect())
    };
    let mut all: Vec<_> = members.into_iter().map(one).collect();
    all.sort();
    all
}

each_engine! {
    async fn what_a_preset_asks_for_is_missed_at_once_whichever_way_somebody_gets_in(world: World) {
        // A preset that lacks no way in, and asks for both.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("asking.toml").display().to_string();
        let asking = include_str!("../../../presets/standard.toml").replacen("required = []", "required = [\"role\", \"display_name\"]", 1);
        std::fs::write(&file, asking).unwrap();
        for (preset, ways, asked) in [
            (file.as_str(), vec![None, invitation(false), invitation(true), list_only(), password()], ["display_name", "role_ids"].as_slice()),
            ("operations", vec![None, invitation(false), password()], &["display_name", "role_ids"]),
            ("documents", vec![None, invitation(false)], &["role_ids"]),
            ("credits", vec![None], &[]),
        ] {
            let world = world.with_preset(preset).await;
            let ana = world.sign_up("ana@example.org").await;
            for way in ways {
                let whole = whole("bob@example.org", way.clone());
                let nameless = ms::AddMemberRequest { display_name: String::new(), ..whole.clone() };
                let roleless = ms::AddMemberRequest { role_ids: vec![], ..whole.clone() };
                let neither = ms::AddMemberRequest { role_ids: vec![], ..nameless.clone() };
                // Beside it stands whatever else is wrong.
                let nothing = ms::AddMemberRequest { email: String::new(), request_id: "x".into(), ..neither.clone() };
                for (request, lacks, wrong) in [
                    (nameless, &["display_name"][..], &[][..]),
                    (roleless, &["role_ids"], &[]),
                    (neither, &["display_name", "role_ids"], &[]),
                    (nothing, &["display_name", "role_ids"], &["request_id", "email"]),
                ] {
                    let missed: Vec<&str> = lacks.iter().filter(|field| asked.contains(field)).copied().collect();
                    let dry = ms::AddMemberRequest { validate_only: true, ..request };
                    let answer = world.unchanged(world.try_add(&ana, dry)).await;
                    if missed.is_empty() && wrong.is_empty() {
                        assert!(answer.is_ok(), "{preset} {way:?}");
                        continue;
                    }
                    let refusal = refused(answer, Code::InvalidArgument, "REASON_INPUT_INVALID");
                    assert_eq!(refusal.fields(), [wrong, missed.as_slice()].concat(), "{preset} {way:?}");
                }
                let dry = ms::AddMemberRequest { validate_only: true, ..whole };
                assert!(world.try_add(&ana, dry).await.is_ok(), "{preset} {way:?}");
            }
        }
    }
}

each_engine! {
    async fn where_a_role_is_asked_for_a_form_learns_which_is_the_default(world: World) {
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        let roles = world.access().list_roles(with(&ana.token, Default::default())).await.unwrap().into_inner().roles;
        let default: Vec<_> = roles.iter().filter(|role| role.default_role).collect();
        assert_eq!(default.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["member"]);
        let request = ac::GetRoleRequest { role_id: default[0].id.clone(), ..Default::default() };
        let one = world.access().get_role(with(&ana.token, request)).await.unwrap().into_inner().role.unwrap();
        assert_eq!(&one, default[0]);
        let own = world.role(&ana, "Reader", &["members.read"]).await;
        assert!(!own.default_role);
    }
}

each_engine! {
    async fn a_row_about_somebody_new_has_all_that_the_preset_asks_for(world: World) {
        let invite = || ms::ImportMembersRequest { invite: true, ..how(BestEffort, Update) };
        let cell = "REASON_CELL_INVALID";
        let world = world.with_preset("operations").await;
        let ana = world.sign_up("ana@example.org").await;
        let file = "Nome;E-mail;Papel\nBob Reis;bob@example.org;member\n;carla@example.org;member\nDuda;duda@example.org; ; \n;eva@example.org;\n;ana@example.org;\n";
        let done = world.import(&ana, invite(), file).await;
        // Of somebody who is on the list, a row says only what changes.
        assert_eq!(done.counts(), [5, 1, 0, 1, 3], "{done:?}");
        assert_eq!(done.reasons(), [(3, "Nome", cell), (4, "Papel", cell), (5, "", cell)], "{done:?}");
        assert!(done.faults[0].message.contains("no name") && done.faults[1].message.contains("no role"), "{done:?}");
        assert!(done.faults[2].message.contains("neither a name nor a role"), "{done:?}");
        // A column that isn't there has no name to tell: the words say which it is.
        let done = world.import(&ana, invite(), "email\ngil@example.org\n").await;
        assert_eq!(done.reasons(), [(2, "", cell)]);
        let done = world.import(&ana, invite(), "email,name\ngil@example.org,Gil\n").await;
        assert_eq!(done.reasons(), [(2, "", cell)]);
        assert!(done.faults[0].message.contains("column of roles"), "{done:?}");
        let atomic = ms::ImportMembersRequest { mode: Atomic.into(), ..invite() };
        let file = "email,name,role\ngil@example.org,Gil,member\nhugo@example.org,Hugo,\n";
        let done = world.import(&ana, atomic, file).await;
        assert_eq!((done.reasons(), done.summary.as_ref().unwrap().committed), (vec![(3, "role", cell)], false));
        assert!(!listed(&world, &ana).await.iter().any(|(email, ..)| email == "gil@example.org"));
        // Where only the role is asked for, the name is left open.
        let documents = world.with_preset("documents").await;
        let ana = documents.sign_up("ana@example.org").await;
        let done = documents.import(&ana, invite(), "email,name,role\nbob@example.org,,member\ncarla@example.org,Carla,\n").await;
        assert_eq!((done.counts(), done.reasons()), ([2, 1, 0, 0, 1], vec![(3, "role", cell)]), "{done:?}");
        invariants::check(&world).await;
        invariants::check(&documents).await;
    }
}

each_engine! {
    async fn an_export_has_all_that_its_preset_asks_for(world: World) {
        for preset in ["operations", "documents"] {
            let world = world.with_preset(preset).await;
            let ana = world.sign_up("ana@example.org").await;
            // Where a name may be left out, the address stands for it, in the file too.
            let (name, role) = if preset == "documents" { ("", "observer") } else { ("Bob Reis", "admin") };
            for (email, role) in [("bob@example.org", role), ("carla@example.org", "member")] {
                let request = ms::AddMemberRequest { email: email.into(), display_name: name.into(), role_ids: vec![role.into()], ..Default::default() };
                world.try_add(&ana, request).await.unwrap();
            }
            let before = listed(&world, &ana).await;
            let file = String::from_utf8(world.export(&ana, Default::default()).await.unwrap()).unwrap();
            world.clear(&ana).await;
            let header = ms::ImportMembersRequest { invite: true, ..how(BestEffort, Skip) };
            let done = world.import(&ana, header, &file).await;
            assert_eq!(done.reasons(), [], "{preset}: {file}");
            let after = listed(&world, &ana).await;
            assert_eq!(after, before, "{preset}");
        }
    }
}
