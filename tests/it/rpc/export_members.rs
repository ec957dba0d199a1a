//! ExportMembers: what the file says, that no spreadsheet runs it, and that it gives the same members again.

use crate::support::files::how;
use crate::support::{Person, World, each_engine, refused, with};
use roster::pb::roster::membership::v1 as ms;
use tonic::Code;

/// What makes trouble in cells: formulas, separators, quotes, apostrophes, full-width forms.
const NASTY: [char; 20] = [
    '=', '+', '-', '@', ';', ',', '|', '\'', '"', '＝', '＠', '＋', '－', ' ', 'a', 'é', '1', '(', '!', '李',
];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    /// A name of nasty characters; the number makes it another than all before, also to those who look closely.
    fn name(&mut self, number: usize) -> String {
        let length = self.below(7);
        let mut name: String = (0..length).map(|_| NASTY[self.below(NASTY.len())]).collect();
        name.push_str(&format!("{number}"));
        name.push_str(["", "=", "'", "\"", ";=1"][self.below(5)]);
        name.trim().to_owned()
    }
}

async fn tag(world: &World, by: &Person, name: &str) {
    let request = ms::CreateTagRequest {
        name: name.into(),
        ..Default::default()
    };
    world.membership().create_tag(with(&by.token, request)).await.unwrap();
}

async fn group(world: &World, by: &Person, name: &str) {
    let request = ms::CreateGroupRequest {
        name: name.into(),
        ..Default::default()
    };
    world.membership().create_group(with(&by.token, request)).await.unwrap();
}

async fn text(world: &World, by: &Person) -> String {
    let file = world.export(by, ms::ExportMembersRequest::default()).await.unwrap();
    String::from_utf8(file).unwrap()
}

/// The rows, but for the owner's, without the state; in order.
fn rows(file: &str) -> Vec<String> {
    let mut rows: Vec<String> = file
        .trim_end()
        .split("\r\n")
        .skip(1)
        .filter(|row| !row.contains(",owner,"))
        .map(|row| row.rsplit_once(',').unwrap().0.to_owned())
        .collect();
    rows.sort();
    rows
}

each_engine! {
    async fn the_file_has_a_header_in_the_language_of_the_call_and_a_row_for_each(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.put(&ana, "bob@example.org", "Bob \"B\" Reis, Jr.", &["guest", "member"]).await;
        let file = text(&world, &ana).await;
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines[0], "E-mail,Name,Roles,Tags,Groups,State");
        assert!(lines.contains(&"ana@example.org,ana,owner,,,ACTIVE"), "{file}");
        assert!(lines.contains(&"bob@example.org,\"Bob \"\"B\"\" Reis, Jr.\",\"guest; member\",,,ADDED"), "{file}");
        let mut request = with(&ana.token, ms::ExportMembersRequest { delimiter: ";".into(), byte_order_mark: true, ..Default::default() });
        request.metadata_mut().insert("accept-language", "es".parse().unwrap());
        let mut pieces = world.membership().export_members(request).await.unwrap().into_inner();
        let piece = String::from_utf8(pieces.message().await.unwrap().unwrap().data).unwrap();
        assert!(piece.starts_with("\u{FEFF}Correo electrónico;Nombre;Roles;Etiquetas;Grupos;Estado\r\n"), "{piece}");
    }
}

each_engine! {
    async fn filters_are_those_of_the_list(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        world.put(&ana, "bob@example.org", "José Reis", &["guest"]).await;
        world.put(&ana, "carla@example.org", "Carla Reis", &["admin"]).await;
        let export = |request: ms::ExportMembersRequest| {
            let (world, ana) = (&world, &ana);
            async move { String::from_utf8(world.export(ana, request).await.unwrap()).unwrap().lines().count() - 1 }
        };
        let base = ms::ExportMembersRequest::default;
        assert_eq!(export(base()).await, 3);
        assert_eq!(export(ms::ExportMembersRequest { query: "jose".into(), ..base() }).await, 1);
        assert_eq!(export(ms::ExportMembersRequest { states: vec![ms::MemberState::Added.into()], ..base() }).await, 2);
        assert_eq!(export(ms::ExportMembersRequest { role_ids: vec!["admin".into()], ..base() }).await, 1);
        assert_eq!(export(ms::ExportMembersRequest { guides: vec![ms::Guide::Ok.into()], ..base() }).await, 1);
        let both = ms::ExportMembersRequest { states: vec![ms::MemberState::Added.into()], guides: vec![ms::Guide::Ok.into()], ..base() };
        assert_eq!(export(both).await, 0, "nobody, and yet a header");
        let bad = ms::ExportMembersRequest { delimiter: "x".into(), query: "a".repeat(201), states: vec![99], ..base() };
        let answer = world.membership().export_members(with(&ana.token, bad)).await;
        let refusal = refused(answer.map(|a| a.map(|_| ())), Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["delimiter", "states[0]", "query"]);
        let unknown = ms::ExportMembersRequest { role_ids: vec!["chef".into()], ..base() };
        assert_eq!(world.export(&ana, unknown).await.unwrap_err().code(), Code::NotFound);
    }
}

each_engine! {
    async fn many_pages_have_everybody_once(world: World) {
        let ana = world.sign_up("ana@example.org").await;
        let file: String = (0..2_345).map(|i| format!("person{i}@example.org\n")).collect();
        world.import(&ana, how(ms::ImportMode::BestEffort, ms::ExistingMembers::Skip), format!("email\n{file}")).await;
        let text = text(&world, &ana).await;
        let mut lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines.len(), 2_346);
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 2_346);
    }
}

each_engine! {
    async fn o01_an_export_runs_nowhere_and_gives_the_same_members_again(world: World) {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let ana = world.sign_up("ana@example.org").await;
        let eva = world.sign_up("eva@example.org").await;
        let labels: Vec<(String, String)> = (0..12).map(|i| (dice.name(i), dice.name(i))).collect();
        for (tagged, grouped) in &labels {
            for owner in [&ana, &eva] {
                tag(&world, owner, tagged).await;
                group(&world, owner, grouped).await;
            }
        }
        let locals = ["=a", "+b", "-c", "'d", "'=e", "f", "=cmd|g", "h-"];
        for i in 0..120 {
            let mut some = |which: fn(&(String, String)) -> &String| -> Vec<String> {
                let count = dice.below(3);
                (0..count).map(|_| which(&labels[dice.below(labels.len())]).clone()).collect()
            };
            let (mut tag_ids, mut group_ids) = (some(|label| &label.0), some(|label| &label.1));
            tag_ids.sort();
            tag_ids.dedup();
            group_ids.sort();
            group_ids.dedup();
            let request = ms::AddMemberRequest {
                email: format!("{}{i}@example.org", locals[i % locals.len()]),
                display_name: dice.name(i),
                role_ids: vec![["member", "guest", "admin"][i % 3].into()],
                tag_ids,
                group_ids,
                onboarding: Some(ms::add_member_request::Onboarding::ListOnly(ms::ListOnly {})),
                ..Default::default()
            };
            world.try_add(&ana, request).await.unwrap();
        }
        let file = text(&world, &ana).await;
        let mut cells = 0;
        for line in file.lines() {
            for cell in line.split([',', ';', '\t', '|']) {
                cells += 1;
                let seen = cell.trim_start_matches([' ', '"', '\u{a0}']);
                assert!(!seen.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{line}");
            }
        }
        let header = how(ms::ImportMode::BestEffort, ms::ExistingMembers::Skip);
        let done = world.import(&eva, header, &file).await;
        let refused: Vec<_> = done.reasons().iter().map(|(_, column, reason)| (*column, *reason)).collect();
        assert_eq!(refused, [("Roles", "REASON_OWNER_ROLE_MOVES_BY_TRANSFER")], "{done:?}");
        assert_eq!(done.counts(), [121, 120, 0, 0, 1]);
        assert_eq!(done.summary.unwrap().ignored_columns, ["State"]);
        assert_eq!(rows(&text(&world, &eva).await), rows(&file));
        // And where they came from, nothing is to be changed.
        let same = world.import(&ana, how(ms::ImportMode::Atomic, ms::ExistingMembers::Update), &file).await;
        assert_eq!(same.counts(), [121, 0, 0, 121, 0], "{same:?}");
        println!("{cells} cells, none that runs");
    }
}
