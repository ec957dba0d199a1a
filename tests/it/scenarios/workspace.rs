//! The preset `workspace` against its page.

mod guide;

use super::acts::*;
use super::walk::{Page, Walk};
use crate::support::{Person, World, each_engine, invariants, refused, with};
use ms::{Guide, MemberState as State};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeSet;
use std::time::Duration;
use tonic::Code;

use guide::{guide, owner, several_roles};

/// All of it is walked.
const PAGE: Page = Page {
    name: "workspace",
    text: include_str!("seeds/workspace.txt"),
    not_yet: &[],
    chrome: &["Last updated", "Last updated"],
};

/// Who is there: the owner, an administrator, and members on the list in the order in which they came.
struct Cast {
    ana: Person,
    bob: Person,
    /// Added one by one; the others came from a file.
    carla: ms::Member,
    duda: ms::Member,
    eva: ms::Member,
}

each_engine! {
    async fn workspace_does_all_that_its_page_says(world: World) {
        let world = world.with_preset("workspace").await;
        let mut walk = Walk::of(PAGE);
        let mut cast = four_things(&world, &mut walk).await;
        seats(&world, &mut walk, &cast).await;
        buttons(&world, &mut walk, &cast).await;
        nobody_selected(&world, &mut walk, &cast).await;
        some_selected(&world, &mut walk, &cast).await;
        guide(&world, &mut walk, &mut cast).await;
        several_roles(&world, &mut walk, &cast).await;
        owner(&world, &mut walk, cast).await;
        walk.finish();
        invariants::check(&world).await;
    }
}

async fn export(world: &World, by: &Person) -> String {
    let mut pieces = world
        .membership()
        .export_members(with(&by.token, ms::ExportMembersRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let mut file = vec![];
    while let Some(piece) = pieces.message().await.unwrap() {
        file.extend(piece.data);
    }
    String::from_utf8(file).unwrap()
}

async fn found(world: &World, by: &Person, email: &str) -> ms::Member {
    let lookup = ms::LookupMemberRequest {
        email: email.into(),
        ..Default::default()
    };
    let answer = world.membership().lookup_member(with(&by.token, lookup)).await;
    answer.unwrap().into_inner().member.unwrap()
}

/// State and guide, as the list shows them.
async fn shown(world: &World, by: &Person, member: &str) -> (State, Guide) {
    let member = list(world, by).await.into_iter().find(|m| m.id == member).unwrap();
    (member.state(), member.guide())
}

async fn four_things(world: &World, walk: &mut Walk) -> Cast {
    let ana = world.sign_up("ana@example.org").await;
    let bob = join(world, &ana, "bob@example.org", "Bob Reis", &["admin"]).await;
    walk.heading("Gerenciar Membros");
    walk.step("Selecione Membros na barra lateral.");
    assert_eq!(list(world, &bob).await.len(), 2);
    walk.step("A partir desta página, você pode adicionar membros manualmente,");
    let added = add(world, &bob, newcomer("carla@example.org", "Carla Dias", &[])).await;
    assert_eq!(added.onboarding(), ms::OnboardingKind::ListOnly);
    let carla = member(added);
    walk.step("importar arquivos de membros,");
    let file = "Nome;E-mail;Funções\nDuda Melo;duda@example.org;member\nÉva Moura;eva@example.org;\n;nobody at all;\n";
    let (bad, summary) = import(world, &bob, ms::ImportMembersRequest::default(), file).await;
    let counts = summary.counts.unwrap();
    assert_eq!(
        (counts.rows, counts.added, counts.failed, summary.committed),
        (3, 2, 1, true)
    );
    assert_eq!(
        (bad[0].line, bad[0].column.as_str(), bad[0].reason.as_str()),
        (4, "E-mail", "REASON_CELL_INVALID")
    );
    let duda = found(world, &bob, "duda@example.org").await;
    let eva = found(world, &bob, "eva@example.org").await;
    assert_eq!(
        (duda.display_name.as_str(), eva.display_name.as_str()),
        ("Duda Melo", "Éva Moura")
    );
    walk.step("enviar convites para membros");
    done(invite_members(world, &bob, &[&carla.id]).await);
    assert_eq!(mails(world, "carla@example.org").await, ["invitation"]);
    done(cancel_invitations(world, &bob, &[&carla.id]).await);
    walk.step("e atribuir tags a membros.");
    let tag = ms::CreateTagRequest {
        name: "Vendas".into(),
        color: "#2040a0".into(),
        ..Default::default()
    };
    world.membership().create_tag(with(&bob.token, tag)).await.unwrap();
    let give = ms::TagMembersRequest {
        member_ids: vec![carla.id.clone(), duda.id.clone()],
        add_tag_ids: vec!["Vendas".into()],
        ..Default::default()
    };
    let tagged = done(
        world
            .membership()
            .tag_members(with(&bob.token, give))
            .await
            .unwrap()
            .into_inner()
            .results,
    );
    assert!(tagged.iter().all(|m| m.tags.len() == 1 && m.tags[0].name == "Vendas"));
    Cast {
        ana,
        bob,
        carla,
        duda,
        eva,
    }
}

async fn seats(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast {
        ana,
        bob,
        carla,
        duda,
        eva,
    } = cast;
    walk.step("Na parte superior da tela, você verá orientações sobre sua conta em termos de ter assentos pagos suficientes para convidar mais membros.");
    let usage = async |guidance: og::get_seat_usage_request::GuidanceFor| {
        let request = og::GetSeatUsageRequest {
            guidance_for: Some(guidance),
            ..Default::default()
        };
        let request = crate::support::calls::in_language(with(&bob.token, request), "pt-BR");
        world.organization().get_seat_usage(request).await.unwrap().into_inner()
    };
    let limit = async |who: &Person, seats: i64| {
        let limit = Some(og::set_seat_limit_request::Limit::Seats(seats));
        let request = og::SetSeatLimitRequest {
            limit,
            ..Default::default()
        };
        world.organization().set_seat_limit(with(&who.token, request)).await
    };
    let count = og::get_seat_usage_request::GuidanceFor::Count;
    assert_eq!(usage(count(7)).await.free, None, "as many as you like");
    refused(limit(bob, 4).await, Code::PermissionDenied, "REASON_PERMISSION_MISSING");
    limit(ana, 4).await.unwrap();
    let told = usage(count(2)).await;
    assert_eq!((told.bought, told.used, told.free), (Some(4), 2, Some(2)));
    assert!(told.guidance.unwrap().enough);
    let all = vec![carla.id.clone(), duda.id.clone(), eva.id.clone(), bob.member.clone()];
    let selected = og::get_seat_usage_request::GuidanceFor::Members(og::MemberSelection { member_ids: all });
    let guidance = usage(selected).await.guidance.unwrap();
    assert_eq!(
        (guidance.needed, guidance.enough, guidance.missing),
        (3, false, 1),
        "one has a seat already"
    );
    assert!(guidance.message.contains("assento"), "{}", guidance.message);
    // What it says is what happens: the third finds none.
    let results = invite_members(world, bob, &[&carla.id, &duda.id, &eva.id]).await;
    assert!(results[..2].iter().all(|r| r.error.is_none()), "{results:?}");
    assert_eq!(why(results[2].error.as_ref()).reason, "REASON_SEATS_EXHAUSTED");
    done(cancel_invitations(world, bob, &[&carla.id, &duda.id]).await);
    limit(ana, 20).await.unwrap();
}

async fn buttons(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast {
        ana, bob, carla, duda, ..
    } = cast;
    walk.step("Os botões (Adicionar Membro, Exportar membros, Transferir Propriedade, Editar, Convidar, Revogar, Excluir, Cancelar) estarão ativos ou inativos dependendo de sua relevância para os membros que você selecionou (ou não selecionou) na lista abaixo.");
    let on_page = [
        Kind::Add,
        Kind::Export,
        Kind::TransferOwnership,
        Kind::Edit,
        Kind::Invite,
        Kind::Revoke,
        Kind::Remove,
        Kind::Cancel,
    ];
    let here = async |members: &[&str]| {
        let possible = possible(world, ana, members).await;
        on_page
            .into_iter()
            .filter(|kind| possible.contains(kind))
            .collect::<Vec<_>>()
    };
    let always = [Kind::Add, Kind::Export];
    let plus = |more: &[Kind]| [&always, more].concat();
    done(invite_members(world, bob, &[&duda.id]).await);
    assert_eq!(here(&[]).await, always);
    assert_eq!(
        here(&[&carla.id]).await,
        plus(&[Kind::Edit, Kind::Invite, Kind::Remove])
    );
    assert_eq!(
        here(&[&duda.id]).await,
        plus(&[Kind::Edit, Kind::Revoke, Kind::Remove, Kind::Cancel])
    );
    assert_eq!(here(&[&carla.id, &duda.id]).await, plus(&[Kind::Edit, Kind::Remove]));
    assert_eq!(
        here(&[&bob.member]).await,
        plus(&[Kind::TransferOwnership, Kind::Edit, Kind::Revoke, Kind::Remove])
    );
    assert_eq!(here(&[&ana.member]).await, always, "nothing is done to the owner");
    // And why a button is off, with those who stand in the way.
    let all = actions(world, ana, &[&carla.id, &duda.id]).await;
    let invite = all.iter().find(|a| a.action() == Kind::Invite).unwrap();
    assert_eq!(invite.obstacles[0].reason, "REASON_STATE_FORBIDS");
    assert_eq!(invite.obstacles[0].member_ids, std::slice::from_ref(&duda.id));
    let results = invite_members(world, ana, &[&carla.id, &duda.id]).await;
    assert_eq!(
        (
            results[0].error.is_none(),
            why(results[1].error.as_ref()).reason.as_str()
        ),
        (true, "REASON_STATE_FORBIDS")
    );
    done(cancel_invitations(world, bob, &[&carla.id, &duda.id]).await);
}

async fn nobody_selected(world: &World, walk: &mut Walk, cast: &Cast) {
    let bob = &cast.bob;
    walk.step("Se você não selecionou nenhum membro, as ações relevantes no momento serão");
    assert_eq!(
        possible(world, bob, &[]).await,
        BTreeSet::from([Kind::Add, Kind::Import, Kind::Export])
    );
    walk.step("adicionar uma única pessoa via e-mail");
    let alone = member(add(world, bob, newcomer("fabi@example.org", "", &[])).await);
    assert_eq!(
        (alone.display_name.as_str(), alone.state()),
        ("fabi@example.org", State::Added)
    );
    walk.step("ou importar um arquivo csv de pessoas para convidar,");
    let file = "email,name,tags\ngil@example.org,\"Gil, o novo\",Vendas\nhugo@example.org,=1+1,\n";
    let now = ms::ImportMembersRequest {
        invite: true,
        ..Default::default()
    };
    let dry = ms::ImportMembersRequest {
        mode: ms::ImportMode::DryRun.into(),
        ..now.clone()
    };
    let (bad, summary) = world.unchanged(import(world, bob, dry, file)).await;
    assert_eq!(
        (bad, summary.counts.unwrap().added, summary.committed),
        (vec![], 2, false)
    );
    let (bad, summary) = import(world, bob, now, file).await;
    assert_eq!(
        (bad, summary.counts.unwrap().added, summary.committed),
        (vec![], 2, true)
    );
    for email in ["gil@example.org", "hugo@example.org"] {
        assert_eq!(found(world, bob, email).await.state(), State::Invited);
        assert_eq!(mails(world, email).await, ["invitation"]);
    }
    walk.step("e exportar os membros atuais do seu espaço de trabalho.");
    let csv = export(world, bob).await;
    assert_eq!(csv.lines().count(), 1 + list(world, bob).await.len());
    let line = |email: &str| csv.lines().find(|line| line.contains(email)).unwrap().to_owned();
    let gil = line("gil@example.org");
    assert!(
        gil.contains("\"Gil, o novo\"") && gil.contains("Vendas") && gil.contains("INVITED"),
        "{gil}"
    );
    assert!(
        line("hugo@example.org").contains("'=1+1"),
        "no spreadsheet runs it: {csv}"
    );
    // It comes back as the same members.
    let update = ms::ImportMembersRequest {
        existing: ms::ExistingMembers::Update.into(),
        ..Default::default()
    };
    let before = list(world, &cast.ana).await;
    let (bad, summary) = import(world, &cast.ana, update, &csv).await;
    let counts = summary.counts.unwrap();
    assert_eq!((counts.added, counts.updated, bad.as_slice()), (0, 0, [].as_slice()));
    assert_eq!(list(world, &cast.ana).await, before);
}

async fn some_selected(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { bob, carla, duda, .. } = cast;
    walk.step("Se você selecionou um ou mais membros, algumas ações estão disponíveis na página da lista, como convidar ou revogar acesso.");
    let both = [carla.id.as_str(), duda.id.as_str()];
    assert!(possible(world, bob, &both).await.contains(&Kind::Invite));
    let invited = done(invite_members(world, bob, &both).await);
    assert!(invited.iter().all(|m| m.state() == State::Invited && m.has_seat));
    assert!(possible(world, bob, &both).await.contains(&Kind::Revoke));
    let revoked = done(revoke_members(world, bob, &both).await);
    assert!(revoked.iter().all(|m| m.state() == State::Revoked && !m.has_seat));
    walk.step(
        "Recursos mais avançados que ocupam mais espaço para trabalhar podem ser encontrados usando o botão Editar.",
    );
    assert!(possible(world, bob, &[&carla.id]).await.contains(&Kind::Edit));
    walk.step("Em particular, é aqui que Função e Tags podem ser alteradas para gerenciar permissões dentro do Control Center e acesso a ferramentas e integrações via o espaço de trabalho GenStudio.");
    let tag = ms::CreateTagRequest {
        name: "GenStudio".into(),
        ..Default::default()
    };
    let tag = world
        .membership()
        .create_tag(with(&bob.token, tag))
        .await
        .unwrap()
        .into_inner()
        .tag
        .unwrap();
    let change = ms::UpdateMemberRequest {
        member_id: carla.id.clone(),
        role_ids: vec!["admin".into(), "member".into()],
        tag_ids: vec![tag.id.clone()],
        ..Default::default()
    };
    let edited = edit(world, bob, &["role_ids", "tag_ids"], change)
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert_eq!(
        (role_names(&edited), edited.tags[0].name.as_str()),
        (vec!["admin", "member"], "GenStudio")
    );
    let tagged = ms::ListMembersRequest {
        tag_ids: vec![tag.id],
        ..Default::default()
    };
    assert_eq!(
        world.list(bob, tagged).await.members[0].id,
        carla.id,
        "tools and integrations may ask who bears a tag"
    );
    world.set_roles(bob, &carla.id, &["member"]).await.unwrap();
    walk.step("Todas essas ações serão discutidas mais nas seções seguintes, que explicam o que pode ser feito na página de Membros.");
    let all = actions(world, bob, &[&carla.id]).await;
    assert_eq!(all.len(), 12);
    for action in all.iter().filter(|action| !action.possible) {
        assert!(
            action.obstacles.iter().all(|o| o.message.contains(' ')),
            "what can't be done is explained: {action:?}"
        );
    }
}
