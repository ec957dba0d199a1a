//! The preset `operations` against its page.

mod glossary;
mod list;

use super::acts::*;
use super::walk::{Later, Page, Walk};
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use tonic::Code;

use glossary::glossary;
use list::{adding, deleting, editing, looking};

/// What is to come with notifications, integrations and call rotations. Who holds the permissions for it is walked.
const PAGE: Page = Page {
    name: "operations",
    text: include_str!("seeds/operations.txt"),
    not_yet: &[
        (
            Later::Notifications,
            "notificações ou canais de comunicação, como Slack ou Webhooks",
        ),
        (Later::Integrations, "integrações de serviços."),
        (Later::Notifications, "incluindo notificações,"),
        (Later::CallRotations, "rotações de chamadas (Call Rotations),"),
        (
            Later::Notifications,
            "notificações e integrar ferramentas externas (ex.: Slack ou Webhooks).",
        ),
        (Later::CallRotations, "rotações de chamadas, notificações,"),
        (
            Later::CallRotations,
            "Call Rotations: Rotações de chamadas configuradas na plataforma para organizar a distribuição de tarefas ou notificações entre os membros da equipe.",
        ),
        (
            Later::Notifications,
            "Slack: Ferramenta de comunicação em equipe que pode ser integrada à Elven Platform para envio de notificações e mensagens automatizadas.",
        ),
        (
            Later::Notifications,
            "Webhooks: Mecanismo utilizado para enviar notificações automáticas ou integrar a plataforma com serviços externos em tempo real.",
        ),
        (
            Later::Notifications,
            "Notification Settings: Configurações relacionadas a alertas e comunicações enviadas pela plataforma para manter a equipe informada.",
        ),
    ],
    chrome: &[],
};

/// Who is there: the owner, an administrator, a member.
struct Cast {
    ana: Person,
    bob: Person,
    carla: Person,
}

const MEMBERS: [&str; 3] = ["members.add", "members.remove", "members.update"];
const ORGANIZATION: [&str; 2] = ["organization.update", "organization.delete"];

each_engine! {
    async fn operations_does_all_that_its_page_says(world: World) {
        let world = world.with_preset("operations").await;
        let mut walk = Walk::of(PAGE);
        let mut cast = three_roles(&world, &mut walk).await;
        what_each_may(&world, &mut walk, &mut cast).await;
        looking(&world, &mut walk, &cast).await;
        adding(&world, &mut walk, &cast).await;
        editing(&world, &mut walk, &mut cast).await;
        deleting(&world, &mut walk, &cast).await;
        glossary(&world, &mut walk, &mut cast).await;
        walk.finish();
        invariants::check(&world).await;
    }
}

/// Adds somebody, who logs in with the password from the mail.
async fn enter(world: &World, by: &Person, email: &str, name: &str, roles: &[&str]) -> Person {
    add(world, by, newcomer(email, name, roles)).await;
    first_log_in(world, email, &mailed_password(world, email).await).await
}

/// The role that a form for a new user begins with: the organisation's own choice, else the preset's.
async fn proposed(world: &World, by: &Person) -> ac::Role {
    let organization = world
        .organization()
        .get_organization(with(&by.token, Default::default()))
        .await;
    let own = organization.unwrap().into_inner().organization.unwrap().default_role_id;
    assert_eq!(own, "", "nobody chose another");
    let there = roles(world, by, "en").await;
    let mut default = there.into_iter().filter(|role| role.default_role);
    let proposed = default.next().unwrap();
    assert_eq!(default.next(), None);
    proposed
}

async fn three_roles(world: &World, walk: &mut Walk) -> Cast {
    let ana = world.sign_up("ana@example.org").await;
    walk.step(
        "A Elven Platform permite que você adicione e gerencie usuários de forma centralizada, intuitiva e flexível.",
    );
    let bob = enter(world, &ana, "bob@example.org", "Bob Reis", &["admin"]).await;
    let carla = enter(world, &ana, "carla@example.org", "Carla Dias", &["member"]).await;
    assert_eq!(list(world, &ana).await.len(), 3);
    walk.step("Cada usuário em um time pode assumir um dos três papéis principais: Member, Admin ou Owner, cada um com responsabilidades e permissões específicas para facilitar o trabalho em equipe de maneira eficiente e organizada.");
    let there = roles(world, &ana, "en").await;
    assert_eq!(
        there.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["owner", "admin", "member"]
    );
    assert!(there[0].permissions.len() > there[1].permissions.len());
    assert!(there[1].permissions.len() > there[2].permissions.len());
    // A team is a group: it may carry a role for those in it.
    let team = ms::CreateGroupRequest {
        name: "Plantão".into(),
        role_ids: vec!["member".into()],
        ..Default::default()
    };
    let team = world
        .membership()
        .create_group(with(&bob.token, team))
        .await
        .unwrap()
        .into_inner()
        .group
        .unwrap();
    let join = ms::AddGroupMembersRequest {
        group_id: team.id,
        member_ids: vec![bob.member.clone(), carla.member.clone()],
        ..Default::default()
    };
    done(
        world
            .membership()
            .add_group_members(with(&bob.token, join))
            .await
            .unwrap()
            .into_inner()
            .results,
    );
    let in_team = world.get(&ana, &carla.member).await;
    assert_eq!(in_team.groups[0].name, "Plantão");

    walk.step("O Member é o papel padrão e ideal para participantes que apenas precisam colaborar com o time e receber atualizações.");
    assert_eq!(proposed(world, &ana).await.name, "member");
    assert!(in_team.roles.iter().all(|role| role.name == "member"), "{in_team:?}");
    walk.step("Ele pode interagir com as atividades da Organização, mas não tem acesso a configurações ou permissões administrativas.");
    assert!(may(world, &carla, &["activities.join", "organization.read"]).await);
    let every = catalogue(world, &ana).await;
    let beyond: Vec<&str> = every
        .iter()
        .map(String::as_str)
        .filter(|p| !p.ends_with(".read") && *p != "activities.join")
        .collect();
    assert!(beyond.len() > 15 && may_not(world, &carla, &beyond).await);
    refused(
        rename(world, &carla, "Mine").await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    Cast { ana, bob, carla }
}

async fn what_each_may(world: &World, walk: &mut Walk, cast: &mut Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.step("O Admin, por sua vez, tem um papel mais ativo na gestão da equipe. Esse usuário pode, adicionar ou remover membros, alterar funções");
    let duda = enter(world, bob, "duda@example.org", "Duda Melo", &["member"]).await;
    world.set_roles(bob, &duda.member, &["admin"]).await.unwrap();
    world.remove(bob, &duda.member, &duda.email).await;
    walk.step("e configurar");
    assert!(may(world, bob, &["notifications.manage"]).await && may_not(world, carla, &["notifications.manage"]).await);
    walk.step("ou ainda criar");
    assert!(may(world, bob, &["integrations.manage"]).await && may_not(world, carla, &["integrations.manage"]).await);
    walk.step("Ele é o braço direito do Owner na administração do time, mas não pode excluir ou atualizar configurações relacionadas diretamente a Organização.");
    let slug = slug(world, ana).await;
    let refusal = refused(
        rename(world, bob, "Mine").await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(refusal.metadata["roles"], "owner");
    let refusal = refused(
        delete_organization(world, bob, &slug).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(refusal.metadata["roles"], "owner");

    walk.step("Já o Owner é quem tem o controle total. Essa pessoa é a responsável por gerenciar todas as configurações do time,");
    assert_eq!(rights(world, ana, &ana.member).await, catalogue(world, ana).await);
    assert_eq!(
        allowed(world, ana, &["notifications.manage", "rotations.manage"])
            .await
            .len(),
        2
    );
    assert!(
        may_not(world, bob, &["rotations.manage"]).await,
        "call rotations are the owner's"
    );
    walk.step(
        "adição e remoção de membros, além de ser o único com a permissão de excluir ou atualizar uma Organização.",
    );
    assert!(may(world, ana, &MEMBERS).await && may(world, ana, &ORGANIZATION).await);
    assert!(may_not(world, bob, &ORGANIZATION).await && may_not(world, carla, &ORGANIZATION).await);
    rename(world, ana, "Plantão Lima").await.unwrap();
    deleting_the_organization(world, cast, &slug).await;
    let Cast { ana, bob, carla } = cast;
    walk.step("Normalmente, o Owner é quem lidera a equipe ou é o responsável principal pelas operações.");
    let why = explain(world, bob, &bob.member, "organization.update").await;
    assert_eq!((why.allowed, why.who_could_give), (false, vec![ana.member.clone()]));
    walk.step("Essa estrutura organizacional garante que cada membro tenha acesso apenas às funcionalidades necessárias para suas responsabilidades, promovendo um ambiente seguro e produtivo.");
    let asked = [
        "activities.join",
        "members.read",
        "members.add",
        "integrations.manage",
        "rotations.manage",
        "organization.delete",
    ];
    assert_eq!(allowed(world, carla, &asked).await, asked[..2]);
    assert_eq!(allowed(world, bob, &asked).await, asked[..4]);
    assert_eq!(allowed(world, ana, &asked).await, asked);
    walk.step("Este guia detalha como realizar as principais ações no gerenciamento de usuários, desde a criação até a atualização de informações.");
    let here = possible(world, bob, &[&carla.member]).await;
    assert!(
        [Kind::Add, Kind::Edit, Kind::Suspend, Kind::Remove]
            .iter()
            .all(|kind| here.contains(kind)),
        "{here:?}"
    );
}

/// The owner deletes the organisation, and takes that back.
async fn deleting_the_organization(world: &World, cast: &mut Cast, slug: &str) {
    refused(
        delete_organization(world, &cast.ana, "another").await,
        Code::InvalidArgument,
        "REASON_INPUT_INVALID",
    );
    delete_organization(world, &cast.ana, slug).await.unwrap();
    for who in [&cast.ana, &cast.bob, &cast.carla] {
        assert!(is_out(world, who).await, "{}", who.email);
    }
    let ana = world.log_in("ana@example.org").await;
    assert_eq!(ana.organization, "", "there is nowhere to go");
    let request = og::RestoreOrganizationRequest {
        organization: slug.into(),
        ..Default::default()
    };
    world
        .organization()
        .restore_organization(with(&ana.token, request))
        .await
        .unwrap();
    cast.ana = world.log_in("ana@example.org").await;
    cast.bob = world.log_in("bob@example.org").await;
    cast.carla = world.log_in("carla@example.org").await;
}
