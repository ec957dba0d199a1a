//! ImportMembers: what rows become, what each way of importing keeps, and who may what.

use crate::support::calls::request_id;
use crate::support::files::how;
use crate::support::{Person, Refusal, World, each_engine, invariants};
use roster::pb::roster::membership::v1 as ms;
use std::collections::BTreeMap;
use tonic::Code;

use ms::ExistingMembers::{Fail, Skip, Update};
use ms::ImportMode::{Atomic, BestEffort, DryRun};

/// Roles and state by address.
async fn listed(world: &World, by: &Person) -> BTreeMap<String, (String, Vec<String>, ms::MemberState)> {
    let mut all = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request = ms::ListMembersRequest {
            page_size: 1000,
            page_token,
            ..Default::default()
        };
        let page = world.list(by, request).await;
        for member in page.members {
            let mut roles: Vec<String> = member.roles.iter().map(|role| role.name.clone()).collect();
            roles.sort();
            let state = member.state();
            all.insert(member.email, (member.display_name, roles, state));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

fn rows(count: usize) -> String {
    let row = |i| format!("person{i}@example.org,Person {i},member\n");
    format!("email,name,roles\n{}", (0..count).map(row).collect::<String>())
}

each_engine! {
    async fn rows_become_members_who_are_listed_and_logged(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let file = "Nome;E-mail;Funções\nBob Reis;BOB@Example.org;admin\nJoão;joao@example.org;\n;ze@example.org;guest | member\n";
        let done = world.import(&ana, how(BestEffort, Skip), file).await;
        assert_eq!(done.counts(), [3, 3, 0, 0, 0], "{done:?}");
        let summary = done.summary.unwrap();
        assert!(summary.committed && summary.ignored_columns.is_empty());
        assert_eq!((summary.delimiter.as_str(), summary.encoding.as_str()), (";", "UTF-8"));
        assert_eq!(summary.bytes, file.len() as i64);
        let all = listed(&world, &ana).await;
        let added = ms::MemberState::Added;
        assert_eq!(all["BOB@example.org"], ("Bob Reis".into(), vec!["admin".into()], added));
        assert_eq!(all["joao@example.org"], ("João".into(), vec!["member".into()], added));
        assert_eq!(all["ze@example.org"], ("ze@example.org".into(), vec!["guest".into(), "member".into()], added));
        assert_eq!(invariants::logged(&world, "member_added").await, 3);
        assert!(world.mails("joao@example.org").await.is_empty(), "nobody was invited");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn every_language_separator_and_encoding_gives_the_same(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let heads = [["E-mail", "Name", "Roles"], ["E-mail", "Nome", "Funções"], ["Correo electrónico", "Nombre", "Roles"]];
        let mut count = 0;
        for (language, head) in heads.iter().enumerate() {
            for separator in [",", ";", "\t"] {
                for encoding in ["utf-8", "bom", "windows-1252"] {
                    count += 1;
                    let row = [format!("p{count}@example.org"), format!("Ângela {count} Núñez"), "guest".into()];
                    let order: [usize; 3] = [[0, 1, 2], [2, 0, 1], [1, 2, 0]][count % 3];
                    let line = |cells: [&str; 3]| order.map(|i| cells[i]).join(separator);
                    let text = format!("{}\r\n{}\r\n", line(*head), line([&row[0], &row[1], &row[2]]));
                    let bytes = match encoding {
                        "utf-8" => text.into_bytes(),
                        "bom" => format!("\u{FEFF}{text}").into_bytes(),
                        _ => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
                    };
                    let done = world.import(&ana, how(BestEffort, Skip), bytes).await;
                    assert_eq!(done.counts(), [1, 1, 0, 0, 0], "{language} {separator:?} {encoding}: {done:?}");
                    assert_eq!(done.summary.unwrap().delimiter, separator);
                }
            }
        }
        let all = listed(&world, &ana).await;
        for i in 1..=count {
            assert_eq!(all[&format!("p{i}@example.org")].0, format!("Ângela {i} Núñez"));
        }
        println!("{count} files");
    }
}

each_engine! {
    async fn a_dry_run_judges_everything_and_changes_nothing(world: World) {
        let world = world.with_seats(4).await;
        let ana = world.sign_up("ana@example.org").await;
        world.put(&ana, "bob@example.org", "Bob", &["member"]).await;
        let file = format!(
            "email,name,roles\nbob@example.org,Bob,admin\nnobody,x,\n{}x@example.org,X,owner\ny@example.org,Y,chef\np1@example.org,,\n",
            (0..5).map(|i| format!("p{i}@example.org,P,member\n")).collect::<String>()
        );
        let header = |mode| ms::ImportMembersRequest { invite: true, ..how(mode, Update) };
        let dry = world.unchanged(world.import(&ana, header(DryRun), &file)).await;
        assert!(!dry.summary.as_ref().unwrap().committed);
        assert_eq!(dry.counts(), [10, 3, 1, 0, 6], "{dry:?}");
        assert_eq!(dry.reasons(), [
            (3, "email", "REASON_CELL_INVALID"),
            (7, "", "REASON_SEATS_EXHAUSTED"),
            (8, "", "REASON_SEATS_EXHAUSTED"),
            (9, "roles", "REASON_OWNER_ROLE_MOVES_BY_TRANSFER"),
            (10, "roles", "REASON_NAME_UNKNOWN"),
            (11, "email", "REASON_ROW_REPEATED"),
        ]);
        let validate = ms::ImportMembersRequest { validate_only: true, ..header(BestEffort) };
        let same = world.unchanged(world.import(&ana, validate, &file)).await;
        assert_eq!(same.faults, dry.faults);
        let done = world.import(&ana, header(BestEffort), &file).await;
        assert_eq!((done.counts(), &done.faults), (dry.counts(), &dry.faults), "what was foretold came true");
        assert!(done.summary.unwrap().committed);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn a_dry_run_counts_seats_over_many_batches(world: World) {
        let world = world.with_seats(702).await;
        let ana = world.sign_up("ana@example.org").await;
        let header = |mode| ms::ImportMembersRequest { invite: true, ..how(mode, Skip) };
        let dry = world.unchanged(world.import(&ana, header(DryRun), rows(1_200))).await;
        assert_eq!(dry.counts(), [1_200, 701, 0, 0, 499]);
    }
}

each_engine! {
    async fn atomic_is_all_or_nothing(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for bad in ["nobody,x,\n", "x@example.org,X,owner\n", "person3@example.org,again,\n", "y@example.org,Y,chef\n"] {
            let file = format!("{}{bad}", rows(1_300));
            let header = ms::ImportMembersRequest { request_id: request_id(), ..how(Atomic, Skip) };
            let refused = world.unchanged(world.import(&ana, header, &file)).await;
            assert_eq!(refused.counts(), [1_301, 0, 0, 1_300, 1], "{bad}");
            assert!(!refused.summary.unwrap().committed);
            assert_eq!(refused.faults[0].line, 1_302, "{bad}");
        }
        // The refusal isn't kept: the mended file may come under the same id.
        let header = ms::ImportMembersRequest { request_id: request_id(), ..how(Atomic, Skip) };
        world.import(&ana, header.clone(), "email\nx@example.org\nnobody\n").await;
        let done = world.import(&ana, header, rows(1_300)).await;
        assert_eq!(done.counts(), [1_300, 1_300, 0, 0, 0]);
        assert!(done.summary.unwrap().committed);
        let too_many = world.unchanged(world.import(&ana, how(Atomic, Skip), rows(10_001))).await;
        let refusal = Refusal::of(&too_many.status.unwrap());
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::ResourceExhausted, "REASON_FILE_TOO_LARGE"));
        assert_eq!(refusal.metadata["what"], "atomic_rows");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn existing_members_are_skipped_updated_or_refused(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let file = "email,name,roles\nbob@example.org,Robert,admin\nana@example.org,Ana,owner\n";
        let skipped = world.import(&ana, how(BestEffort, Skip), file).await;
        assert_eq!(skipped.counts(), [2, 0, 0, 2, 0]);
        let failed = world.import(&ana, how(BestEffort, Fail), file).await;
        assert_eq!(failed.counts(), [2, 0, 0, 0, 2]);
        assert_eq!(failed.reasons()[0], (2, "email", "REASON_ALREADY_MEMBER"));
        // The owner's own row changes nothing, and so nothing stands in its way.
        let updated = world.import(&ana, how(BestEffort, Update), file).await;
        assert_eq!(updated.counts(), [2, 0, 1, 1, 0], "{updated:?}");
        let all = listed(&world, &ana).await;
        assert_eq!(all["bob@example.org"].0, "bob", "a name is the person's own");
        assert_eq!(all["bob@example.org"].1, ["admin"]);
        assert_eq!(invariants::logged(&world, "member_updated").await, 1);
        let owner = world.import(&ana, how(BestEffort, Update), "email,roles\nana@example.org,admin\n").await;
        assert_eq!(owner.reasons(), [(2, "", "REASON_OWNER_PROTECTED")]);
        // What shrinks is gone at once, as by UpdateMember.
        let bob = Person { token: world.log_in(&bob.email).await.token, ..bob };
        world.import(&ana, how(BestEffort, Update), "email,roles\nbob@example.org,guest\n").await;
        let again = world.try_add(&bob, ms::AddMemberRequest { email: "x@example.org".into(), ..Default::default() }).await;
        assert_eq!(again.unwrap_err().code(), Code::Unauthenticated);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn b01_nobody_imports_what_they_could_not_do_one_by_one(world: World) {
        let world = world.with_clerks().await;
        let ana = world.sign_up("ana@example.org").await;
        let clerk = world.join(&ana, "clerk@example.org", "clerk").await;
        world.join(&ana, "admin@example.org", "admin").await;
        let file = "email,roles\na@example.org,admin\nb@example.org,clerk\nc@example.org,owner\n\
                    d@example.org,\nadmin@example.org,clerk\nclerk@example.org,clerk;admin\n";
        let done = world.import(&clerk, how(BestEffort, Update), file).await;
        assert_eq!(done.reasons(), [
            (2, "roles", "REASON_RIGHTS_EXCEED_YOURS"),
            (4, "roles", "REASON_RIGHTS_EXCEED_YOURS"),
            (5, "", "REASON_RIGHTS_EXCEED_YOURS"),
            (6, "", "REASON_TARGET_OUTRANKS_YOU"),
            (7, "roles", "REASON_RIGHTS_EXCEED_YOURS"),
        ]);
        assert_eq!(done.counts(), [6, 1, 0, 0, 5]);
        assert_eq!(listed(&world, &ana).await["b@example.org"].1, ["clerk"]);
        let admin = world.log_in("admin@example.org").await;
        let done = world.import(&admin, how(BestEffort, Skip), "email,roles\ne@example.org,owner\nf@example.org,admin\n").await;
        assert_eq!(done.counts(), [2, 1, 0, 0, 1]);
        assert!(invariants::logged(&world, "call_refused").await >= 6, "refusals about rights are recorded");
    }
}

each_engine! {
    async fn importing_alone_neither_adds_nor_updates(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for (name, permissions) in [("Importer", &["members.import", "members.read"][..]), ("Viewer", &["members.read"])] {
            let role = roster::pb::roster::access::v1::CreateRoleRequest {
                name: name.into(),
                permissions: permissions.iter().map(ToString::to_string).collect(),
                ..Default::default()
            };
            world.access().create_role(crate::support::with(&ana.token, role)).await.unwrap();
        }
        let tag = ms::CreateTagRequest { name: "vip".into(), ..Default::default() };
        world.membership().create_tag(crate::support::with(&ana.token, tag)).await.unwrap();
        let eva = world.join(&ana, "eva@example.org", "Importer").await;
        world.put(&ana, "bob@example.org", "Bob", &["Viewer"]).await;
        let file = "email,roles\nnew@example.org,Importer\nbob@example.org,IMPORTER\n";
        let done = world.import(&eva, how(BestEffort, Update), file).await;
        let missing = "REASON_PERMISSION_MISSING";
        assert_eq!(done.reasons(), [(2, "", missing), (3, "", missing)], "{done:?}");
        assert!(done.faults[0].message.contains("members.add"), "{done:?}");
        assert!(done.faults[1].message.contains("members.update"), "{done:?}");
        // Anybody may bear a tag, but not everybody may give one.
        let done = world.import(&eva, how(BestEffort, Update), "email,tags\nbob@example.org,vip\n").await;
        assert_eq!(done.reasons(), [(2, "", missing)], "{done:?}");
    }
}

each_engine! {
    async fn tags_and_groups_come_and_go_with_the_cells(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        for name in ["Night shift", "R&D; Berlin"] {
            let tag = ms::CreateTagRequest { name: name.into(), ..Default::default() };
            world.membership().create_tag(crate::support::with(&ana.token, tag)).await.unwrap();
        }
        for (name, roles) in [("Support", &["guest"][..]), ("Heads", &["admin"])] {
            let group = ms::CreateGroupRequest { name: name.into(), role_ids: roles.iter().map(ToString::to_string).collect(), ..Default::default() };
            world.membership().create_group(crate::support::with(&ana.token, group)).await.unwrap();
        }
        let bob = world.join(&ana, "bob@example.org", "member").await;
        let file = "email,tags,groups\nbob@example.org,\"night SHIFT; \"\"R&D; Berlin\"\"\",heads|support\nnew@example.org,,Support\n";
        let done = world.import(&ana, how(Atomic, Update), file).await;
        assert_eq!(done.counts(), [2, 1, 1, 0, 0], "{done:?}");
        let now = world.get(&ana, &bob.member).await;
        assert_eq!((now.tags.len(), now.groups.len()), (2, 2), "{now:?}");
        let admin = world.log_in("bob@example.org").await;
        world.put(&admin, "by-bob@example.org", "x", &["admin"]).await;
        // What a file doesn't speak of stays; an empty cell takes away, and with the group its rights.
        world.import(&ana, how(BestEffort, Update), "email,tags\nbob@example.org,\n").await;
        let now = world.get(&ana, &bob.member).await;
        assert_eq!((now.tags.len(), now.groups.len()), (0, 2), "{now:?}");
        world.import(&ana, how(BestEffort, Update), "email,groups\nbob@example.org,support\n").await;
        let refused = world.try_add(&admin, ms::AddMemberRequest { email: "y@example.org".into(), ..Default::default() }).await;
        assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated, "the older token is no good any more");
        // Nobody puts people where they would hold more than oneself.
        let carla = world.join(&ana, "carla@example.org", "admin").await;
        let heads = ms::CreateGroupRequest { name: "Payers".into(), role_ids: vec!["guest".into()], ..Default::default() };
        world.membership().create_group(crate::support::with(&ana.token, heads)).await.unwrap();
        let role = roster::pb::roster::access::v1::CreateRoleRequest { name: "Importer".into(), permissions: vec!["members.import".into(), "members.add".into()], ..Default::default() };
        world.access().create_role(crate::support::with(&ana.token, role)).await.unwrap();
        let dora = world.join(&carla, "dora@example.org", "Importer").await;
        let done = world.import(&dora, how(BestEffort, Skip), "email,roles,groups\nz@example.org,Importer,Payers\nok@example.org,Importer,\n").await;
        assert_eq!(done.reasons(), [(2, "groups", "REASON_RIGHTS_EXCEED_YOURS")], "{done:?}");
        assert_eq!(done.faults[0].value, "Payers");
        // Of two cells that go too far, the first is named; each is judged for itself.
        let file = "email,roles,groups\na@example.org,admin,Payers\nb@example.org,admin,\nc@example.org,,Payers\n";
        let done = world.import(&dora, how(BestEffort, Skip), file).await;
        let beyond = "REASON_RIGHTS_EXCEED_YOURS";
        assert_eq!(done.reasons(), [(2, "roles", beyond), (3, "roles", beyond), (4, "", beyond)], "{done:?}");
        assert_eq!(done.faults[1].value, "admin");
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn g08_a_preset_without_a_way_in_has_none_by_file(world: World) {
        let world = World::configured(world.engine, |config| config.organizations.preset = "documents".into()).await;
        let ana = world.sign_up("ana@example.org").await;
        let file = "email,name,roles\nbob@example.org,Bob,member\n";
        let listed = world.import(&ana, how(BestEffort, Skip), file).await;
        assert_eq!(listed.reasons(), [(2, "", "REASON_ONBOARDING_NOT_ALLOWED")], "{listed:?}");
        // What is suggested instead is what a file can do.
        for preset in ["credits", "operations", "documents"] {
            let world = world.with_preset(preset).await;
            let listed = world.import(&world.sign_up("ana@example.org").await, how(BestEffort, Skip), file).await;
            assert_eq!(listed.reasons(), [(2, "", "REASON_ONBOARDING_NOT_ALLOWED")], "{preset}: {listed:?}");
            let said = &listed.faults[0].message;
            assert!(said.contains("invitation") && !said.contains("temporary_password"), "{preset}: {said}");
        }
        let header = ms::ImportMembersRequest { invite: true, ..how(BestEffort, Skip) };
        assert_eq!(world.import(&ana, header, file).await.counts(), [1, 1, 0, 0, 0]);
        // Nor does a file make accounts: it lists or invites, whether sign-up is open or closed.
        assert_eq!(world.count("SELECT count(*) FROM users").await, 1);
        let list = world.list(&ana, ms::ListMembersRequest::default()).await.members;
        assert!(list.iter().filter(|m| m.email != ana.email).all(|m| m.state() == ms::MemberState::Invited && m.user_id.is_empty()));
    }
}

each_engine! {
    async fn invitations_take_seats_and_are_mailed(world: World) {
        let world = world.with_seats(3).await;
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@elsewhere.example").await;
        let header = ms::ImportMembersRequest { invite: true, ..how(BestEffort, Skip) };
        let file = "email,roles\neva@elsewhere.example,admin\nbob@example.org,member\nlast@example.org,member\n";
        let done = world.import(&ana, header, file).await;
        assert_eq!(done.reasons(), [(4, "", "REASON_SEATS_EXHAUSTED")]);
        let all = listed(&world, &ana).await;
        assert_eq!(all["bob@example.org"].2, ms::MemberState::Invited);
        assert!(!all.contains_key("last@example.org"));
        let code = world.code("eva@elsewhere.example").await;
        world.accept_as(&eva, &code).await.unwrap();
        let code = world.code("bob@example.org").await;
        world.accept_new(&code).await.unwrap();
        assert_eq!(invariants::logged(&world, "invitation_sent").await, 2);
        invariants::check(&world).await;
    }
}

each_engine! {
    async fn faults_are_told_with_line_column_value_and_words_in_the_language_of_the_call(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let file = "email,name,roles,tags\n\nx y@example.org,,,\n\"a@b.example\",\"two\nlines\",,\nc@d.example,,chef,\ne@f.example,,,vip\n\
                    a@ｂ.example,,,\nj@k.example,x,,,more\nC@D.example,,,\nC@d.Example,,,\n";
        let done = world.import(&ana, how(BestEffort, Skip), file).await;
        let cell = "REASON_CELL_INVALID";
        assert_eq!(done.reasons(), [
            (3, "email", cell),
            (4, "name", cell),
            (6, "roles", "REASON_NAME_UNKNOWN"),
            (7, "tags", "REASON_NAME_UNKNOWN"),
            (8, "email", cell),
            (9, "", cell),
            (10, "email", "REASON_ROW_REPEATED"),
            (11, "email", "REASON_ROW_REPEATED"),
        ]);
        assert_eq!(done.faults[0].value, "x y@example.org");
        assert!(done.faults[2].message.contains("“chef”") && done.faults[2].message.contains("admin"), "{done:?}");
        assert!(done.faults[6].message.contains("line 6"), "{done:?}");
        let mut request = crate::support::with(&ana.token, futures_util::stream::iter(crate::support::files::messages(&how(BestEffort, Skip), file.as_bytes(), 7)));
        request.metadata_mut().insert("accept-language", "pt-BR".parse().unwrap());
        let mut told = world.membership().import_members(request).await.unwrap().into_inner();
        let mut heard = crate::support::files::Imported::default();
        while let Some(answer) = told.message().await.unwrap() {
            heard.hear(answer);
        }
        assert_eq!(heard.reasons(), done.reasons());
        assert!(heard.faults[2].message.starts_with("Não há função “chef” aqui."), "{}", heard.faults[2].message);
    }
}

each_engine! {
    async fn the_first_message_says_how_and_is_refused_like_any_request(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let bad = ms::ImportMembersRequest { request_id: "x".into(), mode: 9, existing: 9, delimiter: "#".into(), ..Default::default() };
        let refusal = Refusal::of(&world.import(&ana, bad, "email\n").await.status.unwrap());
        assert_eq!(refusal.fields(), ["request_id", "mode", "existing", "delimiter"]);
        let elsewhere = ms::ImportMembersRequest { organization_id: world.sign_up("eva@example.org").await.organization, ..how(BestEffort, Skip) };
        let refusal = Refusal::of(&world.import(&ana, elsewhere, "email\n").await.status.unwrap());
        assert_eq!((refusal.code, refusal.metadata["kind"].as_str()), (Code::NotFound, "organization"));
        // A later message has data and nothing else.
        let mut messages = crate::support::files::messages(&how(BestEffort, Skip), b"email\nx@example.org\n", 8);
        messages[1].invite = true;
        let refused = world.unchanged(world.import_all(&ana, messages)).await;
        assert_eq!(Refusal::of(&refused.status.unwrap()).reason, "REASON_INPUT_INVALID");
        let nothing = world.unchanged(world.import_all(&ana, vec![])).await;
        let refusal = Refusal::of(&nothing.status.unwrap());
        assert_eq!((refusal.reason.as_str(), refusal.metadata["problem"].as_str()), ("REASON_FILE_UNREADABLE", "empty"));
    }
}
