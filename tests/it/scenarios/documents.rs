//! The preset `documents` against its page.

mod registration;
mod removing;

use super::acts::*;
use super::walk::{Later, Page, Walk};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use ms::MemberState as State;
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::collections::BTreeSet;
use tonic::Code;

use registration::{groups_and_after, new_user_form, profile};
use removing::{api_user, changing_rights, removing};

/// What is to come with integrations. That the API is there for accounts of one plan is a statement about the API, told by
/// the plan's name, "Automação e Integração": Roster knows neither plans nor calls by a machine yet, and the API is what
/// such a plan would switch on. Who may choose the API user, and what follows from it, is walked.
const PAGE: Page = Page {
    name: "documents",
    text: include_str!("seeds/documents.txt"),
    not_yet: &[(Later::Integrations, "para contas do plano Automação e Integração.")],
    chrome: &[
        "Pular para o conteúdo",
        "Português - Brasil",
        "Não há sugestões porque o campo de pesquisa está em branco.",
        "Saiba mais em Como editar um usuário e suas permissões.",
        "Saiba mais em Planos e Preços",
        "____________________________________________________",
    ],
};

/// Who is there: the administrator who signed up, a member, and the two observers.
struct Cast {
    ana: Person,
    bob: Person,
    carla: Person,
    duda: Person,
}

const SWITCHES: [&str; 3] = ["folders.manage", "billing.read", "sent_emails.read"];

each_engine! {
    async fn documents_does_all_that_its_page_says(world: World) {
        let world = world.with_preset("documents").await;
        let mut walk = Walk::of(PAGE);
        let ana = the_list(&world, &mut walk).await;
        let mut cast = four_types(&world, &mut walk, ana).await;
        switches(&world, &mut walk, &cast).await;
        invitation(&world, &mut walk, &cast).await;
        changing_rights(&world, &mut walk, &mut cast).await;
        removing(&world, &mut walk, &cast).await;
        api_user(&world, &mut walk, &cast).await;
        new_user_form(&world, &mut walk, &cast).await;
        profile(&world, &mut walk, &cast).await;
        groups_and_after(&world, &mut walk, &cast).await;
        walk.finish();
        invariants::check(&world).await;
    }
}

async fn the_list(world: &World, walk: &mut Walk) -> Person {
    let ana = world.sign_up("ana@example.org").await;
    walk.step("Como adicionar ou remover um usuário? Basta acessar as configurações da conta e clicar na aba Usuários. Lá você poderá inserir ou editar usuários existentes.");
    assert_eq!(list(world, &ana).await.len(), 1);
    assert!(possible(world, &ana, &[]).await.contains(&Kind::Add));
    walk.step("A adição ou remoção de usuários está habilitada apenas para usuários com permissão Administrador.");
    let member = join(world, &ana, "zeca@example.org", "Zeca", &["member"]).await;
    let refusal = refused(
        world
            .try_add(&member, newcomer("friend@example.org", "", &["observer"]))
            .await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(
        (
            refusal.metadata["permission"].as_str(),
            refusal.metadata["roles"].as_str()
        ),
        ("members.add", "admin")
    );
    let refusal = refused(
        world.try_remove(&member, &[(&ana.member, &ana.email)]).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(refusal.metadata["roles"], "admin");
    world.remove(&ana, &member.member, &member.email).await;
    ana
}

async fn four_types(world: &World, walk: &mut Walk, ana: Person) -> Cast {
    walk.heading("Como adicionar um usuário");
    walk.step("Clique em \"Configurações > Usuários\" no menu lateral esquerdo");
    assert_eq!(list(world, &ana).await.len(), 1);
    walk.step("Na aba \" Usuários\" clique em \"Adicionar usuário\" e insira o e-mail do novo membro, seu nome (opcional) e o tipo de usuário.");
    // The name is left open, as it says here; the last chapter says otherwise, and is walked there.
    for (email, roles, lacks) in [
        ("", &["member"][..], &["email"][..]),
        ("bob@example.org", &[], &["role_ids"]),
        ("", &[], &["email", "role_ids"]),
    ] {
        let answer = world.unchanged(world.try_add(&ana, newcomer(email, "", roles))).await;
        assert_eq!(
            refused(answer, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(),
            lacks
        );
    }
    let bob = member(add(world, &ana, newcomer("bob@example.org", "", &["member"])).await);
    assert_eq!(
        (bob.display_name.as_str(), role_names(&bob)),
        ("bob@example.org", vec!["member"])
    );
    walk.step(
        "O tipo de usuário irá determinar qual a permissão desse novo membro dentro da plataforma. Conforme a seguir:",
    );
    let there = roles(world, &ana, "pt-BR").await;
    let of_role: BTreeSet<String> = there[1].permissions.iter().cloned().collect();
    let bob = accept(world, "bob@example.org").await;
    assert_eq!(rights(world, &ana, &bob.member).await, of_role);
    walk.step("Para adicionar adicionar um novo usuário, você poderá escolher entre 4 tipos de usuário:");
    let titles: Vec<_> = there.iter().map(|role| role.display_name.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Administrador",
            "Membro",
            "Observador (pode baixar documentos)",
            "Observador (não pode baixar documentos)"
        ]
    );

    walk.step("Administrador: possui poderes para acesso à todas as funcionalidades da plataforma, inclusive etapas de Configurações da conta;");
    assert_eq!(rights(world, &ana, &ana.member).await, catalogue(world, &ana).await);
    let second = join(world, &ana, "admin@example.org", "Admin", &["admin"]).await;
    rename(world, &second, "Cartório Lima").await.unwrap();
    world.set_roles(&ana, &second.member, &["member"]).await.unwrap();
    world.remove(&ana, &second.member, &second.email).await;
    walk.step("Membro: possui poderes para acesso a todas as funcionalidades, exceto configurações e backup da conta.");
    assert!(
        may(
            world,
            &bob,
            &[
                "documents.read",
                "documents.download",
                "documents.manage",
                "contacts.manage"
            ]
        )
        .await
    );
    assert!(
        may_not(
            world,
            &bob,
            &[
                "organization.update",
                "backups.manage",
                "members.add",
                "integrations.manage"
            ]
        )
        .await
    );
    refused(
        rename(world, &bob, "Meu").await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    walk.step("Algumas permissões podem ser habilitadas/desabilitadas, sendo elas a gestão de pastas e acesso à página de cobrança e faturamento.");
    assert!(may_not(world, &bob, &SWITCHES).await);
    for on in [vec!["folders.manage", "billing.read"], vec!["billing.read"], vec![]] {
        switch(world, &ana, &bob.member, &on).await;
        let bob = world.log_in("bob@example.org").await;
        let mut held = allowed(world, &bob, &SWITCHES).await;
        held.sort_unstable_by_key(|p| std::cmp::Reverse(*p));
        assert_eq!(held, on);
    }
    let bob = world.log_in("bob@example.org").await;
    walk.step("Observador (pode baixar documentos): este usuário pode visualizar as informações da plataforma e baixar documentos e relatórios.");
    let carla = join(
        world,
        &ana,
        "carla@example.org",
        "Carla Dias",
        &["observer_with_download"],
    )
    .await;
    let asked = [
        "organization.read",
        "documents.read",
        "documents.download",
        "documents.manage",
        "contacts.manage",
    ];
    assert_eq!(allowed(world, &carla, &asked).await, asked[..3]);
    walk.step("Observador (não pode baixar documentos): este usuário tem acesso de apenas visualização à plataforma.");
    let duda = join(world, &ana, "duda@example.org", "Duda Melo", &["observer"]).await;
    assert_eq!(allowed(world, &duda, &asked).await, asked[..2]);
    assert!(
        rights(world, &ana, &duda.member)
            .await
            .iter()
            .all(|p| p.ends_with(".read"))
    );
    Cast { ana, bob, carla, duda }
}

/// Sets what a member may do beyond the profile.
async fn switch(world: &World, by: &Person, member: &str, on: &[&str]) -> ms::Member {
    let change = ms::UpdateMemberRequest {
        member_id: member.into(),
        grants: on.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    edit(world, by, &["grants"], change)
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap()
}

async fn switches(world: &World, walk: &mut Walk, cast: &Cast) {
    let ana = &cast.ana;
    walk.step("É possível também optar por Habilitar para o usuário o acesso às páginas de cobrança e de e-mails enviados, selecionando as respectivas opções.");
    let with_options = ms::AddMemberRequest {
        grants: vec!["billing.read".into(), "sent_emails.read".into()],
        ..newcomer("eva@example.org", "Eva Moura", &["observer"])
    };
    walk.step("Ao finalizar basta clicar em \"Confirmar\".");
    let eva = member(add(world, ana, with_options).await);
    assert_eq!(eva.grants, ["billing.read", "sent_emails.read"]);
    let eva = accept(world, "eva@example.org").await;
    assert_eq!(
        allowed(world, &eva, &SWITCHES).await,
        ["billing.read", "sent_emails.read"]
    );
    let why = explain(world, ana, &eva.member, "billing.read").await;
    assert_eq!((why.allowed, why.cause()), (true, ac::AccessCause::Grant));
    // Only what the catalogue calls grantable is a switch.
    let change = ms::UpdateMemberRequest {
        member_id: eva.member.clone(),
        grants: vec!["organization.delete".into()],
        ..Default::default()
    };
    refused(
        edit(world, ana, &["grants"], change).await,
        Code::FailedPrecondition,
        "REASON_PERMISSION_NOT_GRANTABLE",
    );
    world.remove(ana, &eva.member, &eva.email).await;
}

async fn invitation(world: &World, walk: &mut Walk, cast: &Cast) {
    let ana = &cast.ana;
    walk.step("O novo usuário receberá um e-mail com um convite para participar desta conta e, somente após aceitar, terá acesso a plataforma.");
    let added = add(world, ana, newcomer("fabi@example.org", "Fabi", &["member"])).await;
    assert_eq!(added.onboarding(), ms::OnboardingKind::Invitation);
    let fabi = member(added);
    assert_eq!(
        (fabi.state(), mails(world, "fabi@example.org").await),
        (State::Invited, vec!["invitation"])
    );
    let why = explain(world, ana, &fabi.id, "documents.read").await;
    assert_eq!((why.allowed, why.cause()), (false, ac::AccessCause::State));
    refused(
        try_log_in(world, "fabi@example.org", PASSWORD).await,
        Code::Unauthenticated,
        "REASON_CREDENTIAL_INVALID",
    );
    // No password lets anybody in before, and whoever has an account already stays outside too until they accept.
    let typed = ms::TemporaryPasswordOnboarding {
        password: PASSWORD.into(),
        ..Default::default()
    };
    let onboarding = Some(Onboarding::TemporaryPassword(typed));
    let at_once = ms::AddMemberRequest {
        onboarding,
        ..newcomer("gil@example.org", "Gil", &["member"])
    };
    let refusal = world.try_add(ana, at_once).await;
    refused(refusal, Code::FailedPrecondition, "REASON_ONBOARDING_NOT_ALLOWED");
    // Nor does a file list anybody who isn't invited.
    let file = "email,role\nivo@example.org,member\n";
    let (bad, _) = import(world, ana, ms::ImportMembersRequest::default(), file).await;
    assert_eq!(bad[0].reason, "REASON_ONBOARDING_NOT_ALLOWED");
    let now = ms::ImportMembersRequest {
        invite: true,
        ..Default::default()
    };
    let (bad, _) = import(world, ana, now, file).await;
    assert_eq!(bad, []);
    let ivo = list(world, ana)
        .await
        .into_iter()
        .find(|m| m.email == "ivo@example.org")
        .unwrap();
    assert_eq!(
        (ivo.state(), role_names(&ivo)),
        (State::Invited, vec!["member"]),
        "as whoever is added by hand"
    );
    world.remove(ana, &ivo.id, &ivo.email).await;
    let hugo = world.sign_up("hugo@example.org").await;
    add(world, ana, newcomer("hugo@example.org", "Hugo", &["member"])).await;
    refused(
        world.try_switch(&hugo, &ana.organization).await,
        Code::NotFound,
        "REASON_NOT_FOUND",
    );
    world
        .accept_as(&hugo, &world.code("hugo@example.org").await)
        .await
        .unwrap();
    let hugo = world.switch(&hugo, &ana.organization).await;
    let fabi = accept(world, "fabi@example.org").await;
    for who in [&fabi, &hugo] {
        assert!(may(world, who, &["documents.read"]).await);
        world.remove(ana, &who.member, &who.email).await;
    }
}
