//! The preset `credits` against its page, in English and in Portuguese: the same statements in the same order.

mod changing;
mod living;
mod staying;

use super::acts::*;
use super::walk::{Later, Page, Walk};
use crate::support::calls::request_id;
use crate::support::dump::Sql;
use crate::support::world::PASSWORD;
use crate::support::{Person, World, each_engine, invariants, refused, with};
use roster::pb::roster::access::v1 as ac;
use roster::pb::roster::identity::v1 as id;
use roster::pb::roster::membership::v1 as ms;
use roster::pb::roster::organization::v1 as og;
use std::time::Duration;
use tonic::Code;

use changing::{adding, editing, removing, with_password};
use living::{belonging, best_practices, questions, troubleshooting};
use staying::what_stays;

/// What is to come with credits, and with resources and their usage. Who holds the permissions for it is walked.
const ENGLISH: Page = Page {
    name: "credits, English",
    text: include_str!("seeds/credits.en.txt"),
    not_yet: &[
        (Later::Credits, "All financial activities are tied to the organization."),
        (Later::Credits, "for API calls."),
        (
            Later::Usage,
            "Any resource created by a user (e.g., instances or agents)",
        ),
        (
            Later::Usage,
            "Each user's activities are tracked and displayed in the dashboard, showing who used specific credits and resources.",
        ),
    ],
    chrome: &[],
};
const PORTUGUESE: Page = Page {
    name: "credits, Portuguese",
    text: include_str!("seeds/credits.pt.txt"),
    not_yet: &[
        (
            Later::Credits,
            "Todas as atividades financeiras estão vinculadas à organização.",
        ),
        (Later::Credits, "para chamadas de API."),
        (
            Later::Usage,
            "Qualquer recurso criado por um usuário (por exemplo, instâncias ou agentes)",
        ),
        (
            Later::Usage,
            "As atividades de cada usuário são rastreadas e exibidas no painel, mostrando quem utilizou créditos e recursos específicos.",
        ),
    ],
    chrome: &["Skip to content"],
};

/// Both pages at once.
struct Both {
    english: Walk,
    portuguese: Walk,
}

impl Both {
    #[track_caller]
    fn step(&mut self, english: &str, portuguese: &str) {
        self.english.step(english);
        self.portuguese.step(portuguese);
    }

    #[track_caller]
    fn heading(&mut self, english: &str, portuguese: &str) {
        self.english.heading(english);
        self.portuguese.heading(portuguese);
    }
}

/// Who is there: the founder, an administrator, a member.
struct Cast {
    ana: Person,
    bob: Person,
    carla: Person,
}

each_engine! {
    async fn credits_does_all_that_its_page_says(world: World) {
        let world = world.with_preset("credits").await;
        let mut walk = Both { english: Walk::of(ENGLISH), portuguese: Walk::of(PORTUGUESE) };
        let ana = signing_up(&world, &mut walk).await;
        let mut cast = owning(&world, &mut walk, ana).await;
        the_other_roles(&world, &mut walk, &cast).await;
        adding(&world, &mut walk, &cast).await;
        editing(&world, &mut walk, &mut cast).await;
        removing(&world, &mut walk, &cast).await;
        belonging(&world, &mut walk, &cast).await;
        best_practices(&world, &mut walk, &mut cast).await;
        troubleshooting(&world, &mut walk, &cast).await;
        questions(&world, &mut walk, &mut cast).await;
        what_stays(&world, &mut walk, &cast).await;
        walk.english.finish();
        walk.portuguese.finish();
        invariants::check(&world).await;
    }
}

async fn signing_up(world: &World, walk: &mut Both) -> Person {
    walk.heading("Managing Members", "Gerenciando Membros");
    walk.step(
        "SipPulse AI structures its operations around organizations and users. Every user must be part of an organization. When a new user signs up, they simultaneously create an organization account and become the owner.",
        "A SipPulse AI estrutura suas operações em torno de organizações e usuários. Todo usuário deve fazer parte de uma organização. Quando um novo usuário se cadastra, ele cria simultaneamente uma conta de organização e se torna o proprietário.",
    );
    let ana = world.sign_up("ana@example.org").await;
    let me = world
        .identity()
        .get_me(with(&ana.token, Default::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(me.memberships.len(), 1);
    assert_eq!(me.memberships[0].organization_id, ana.organization);
    assert_eq!(me.memberships[0].roles, ["owner"]);
    walk.step(
        "This user has all permissions to manage the organization.",
        "Esse usuário possui todas as permissões para gerenciar a organização.",
    );
    let held: std::collections::BTreeSet<String> = me.memberships[0].permissions.iter().cloned().collect();
    assert_eq!(held, catalogue(world, &ana).await);
    ana
}

async fn owning(world: &World, walk: &mut Both, ana: Person) -> Cast {
    walk.heading("User Roles", "Funções de Usuário");
    walk.step(
        "There are three roles available for users within an organization:",
        "Existem três funções disponíveis para usuários dentro de uma organização:",
    );
    let there: Vec<_> = roles(world, &ana, "pt-BR")
        .await
        .into_iter()
        .map(|r| r.display_name)
        .collect();
    assert_eq!(
        there,
        ["Proprietário", "Administrador", "Membro", "Convidado"],
        "the fourth is announced below"
    );
    // The list of those who could help begins with whoever has been there longest: so nobody comes at the same moment.
    world.clock.advance(Duration::from_secs(1));
    let bob = join(world, &ana, "bob@example.org", "Bob Reis", &["admin"]).await;
    let carla = join(world, &ana, "carla@example.org", "Carla Dias", &[]).await;

    walk.heading("Owner", "Proprietário");
    walk.step("Role: Founder of the organization.", "Função: Fundador da organização.");
    let founder = world.get(&ana, &ana.member).await;
    assert_eq!(
        (founder.added_by_user_id.as_str(), role_names(&founder)),
        ("", vec!["owner"])
    );
    walk.step(
        "Permissions: Full permissions to manage the organization.",
        "Permissões: Permissões completas para gerenciar a organização.",
    );
    assert_eq!(rights(world, &ana, &ana.member).await, catalogue(world, &ana).await);
    walk.step(
        "Restrictions: Cannot be removed or have their role changed.",
        "Restrições: Não pode ser removido ou ter sua função alterada.",
    );
    for (by, code, reason) in [
        (&ana, Code::FailedPrecondition, "REASON_OWNER_PROTECTED"),
        (&bob, Code::PermissionDenied, "REASON_TARGET_OUTRANKS_YOU"),
    ] {
        let refusal = refused_removal(world, by, &ana.member, &ana.email).await;
        assert_eq!((refusal.code, refusal.reason.as_str()), (code, reason));
        refused(world.set_roles(by, &ana.member, &["member"]).await, code, reason);
        assert_eq!(
            why(suspend_members(world, by, &[&ana.member]).await[0].error.as_ref()).reason,
            reason
        );
    }
    walk.step(
        "Each organization can have only one owner.",
        "Cada organização pode ter apenas um proprietário.",
    );
    let second = world.set_roles(&ana, &bob.member, &["owner"]).await;
    refused(second, Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
    let second = world
        .try_add(&ana, newcomer("eva@example.org", "Eva", &["owner"]))
        .await;
    refused(second, Code::FailedPrecondition, "REASON_OWNER_ROLE_MOVES_BY_TRANSFER");
    transferring(world, walk, Cast { ana, bob, carla }).await
}

async fn transferring(world: &World, walk: &mut Both, cast: Cast) -> Cast {
    let Cast { ana, bob, carla } = cast;
    walk.step(
        "Future Considerations: There may be a future update to allow transferring the owner role to another user.",
        "Considerações Futuras: Pode haver uma atualização futura para permitir a transferência da função de proprietário para outro usuário.",
    );
    let early = transfer(world, &ana, &carla.member).await;
    refused(early, Code::FailedPrecondition, "REASON_NOT_AN_ADMINISTRATOR");
    refused(
        transfer(world, &bob, &bob.member).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(
        transfer(world, &ana, &bob.member).await.unwrap().into_inner().transfer,
        None
    );
    let owners = ms::ListMembersRequest {
        role_ids: vec!["owner".into()],
        ..Default::default()
    };
    // Whose rights shrank logs in anew.
    assert!(world.try_get(&ana, &ana.member).await.is_err());
    let ana = world.log_in(&ana.email).await;
    let owner = world.list(&ana, owners.clone()).await.members;
    assert_eq!(
        owner.iter().map(|m| m.email.as_str()).collect::<Vec<_>>(),
        ["bob@example.org"]
    );
    assert_eq!(role_names(&world.get(&ana, &ana.member).await), ["admin"]);
    // And back, for the rest of the page.
    let bob = world.log_in(&bob.email).await;
    transfer(world, &bob, &ana.member).await.unwrap();
    let (ana, bob) = (world.log_in(&ana.email).await, world.log_in(&bob.email).await);
    assert_eq!(world.list(&bob, owners).await.members[0].id, ana.member);
    Cast { ana, bob, carla }
}

async fn the_other_roles(world: &World, walk: &mut Both, cast: &Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.heading("Administrator", "Administrador");
    walk.step(
        "Role: Manages the organization similar to the owner.",
        "Função: Gerencia a organização de forma semelhante ao proprietário.",
    );
    let mut most = catalogue(world, ana).await;
    assert!(most.remove("organization.delete") && most.remove("organization.transfer"));
    assert_eq!(
        rights(world, ana, &bob.member).await,
        most,
        "all but the end of the organisation"
    );
    walk.step(
        "Permissions: Full permissions to manage the organization.",
        "Permissões: Permissões completas para gerenciar a organização.",
    );
    rename(world, bob, "Lima Ltda").await.unwrap();
    let cadu = join(world, bob, "cadu@example.org", "Cadu", &["admin"]).await;
    walk.step(
        "Restrictions: Can be removed or have their role edited.",
        "Restrições: Pode ser removido ou ter sua função editada.",
    );
    world.set_roles(bob, &cadu.member, &["member"]).await.unwrap();
    world.set_roles(bob, &cadu.member, &["admin"]).await.unwrap();
    world.remove(bob, &cadu.member, &cadu.email).await;

    walk.heading("Member", "Membro");
    walk.step(
        "Role: User with access to platform resources.",
        "Função: Usuário com acesso aos recursos da plataforma.",
    );
    assert_eq!(
        role_names(&world.get(ana, &carla.member).await),
        ["member"],
        "it is the role of whoever gets no other"
    );
    assert!(may(world, carla, &["resources.read", "resources.use"]).await);
    walk.step(
        "Permissions: Can use platform resources but cannot manage organizational settings.",
        "Permissões: Pode usar os recursos da plataforma, mas não pode gerenciar configurações organizacionais.",
    );
    let refusal = refused(
        rename(world, carla, "Mine").await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(
        (
            refusal.metadata["permission"].as_str(),
            refusal.metadata["roles"].as_str()
        ),
        ("organization.update", "owner, admin")
    );
    walk.step(
        "Restrictions: Cannot manage users, billing, or organizational settings.",
        "Restrições: Não pode gerenciar usuários, faturamento ou configurações organizacionais.",
    );
    let all = catalogue(world, ana).await;
    let managing: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|p| p.starts_with("billing.") || p.starts_with("organization.") || p.starts_with("members."))
        .filter(|p| !p.ends_with(".read") || p.starts_with("billing."))
        .collect();
    assert!(managing.len() > 10 && may_not(world, carla, &managing).await);
    let adding = world
        .try_add(carla, newcomer("friend@example.org", "Friend", &[]))
        .await;
    refused(adding, Code::PermissionDenied, "REASON_PERMISSION_MISSING");

    walk.step(
        "Note: A \"Guest\" role, which will allow read-only access, is in development.",
        "Observação: Um papel de \"Convidado\", que permitirá acesso somente leitura, está em desenvolvimento.",
    );
    let gil = join(world, ana, "gil@example.org", "Gil", &["guest"]).await;
    assert_eq!(list(world, &gil).await.len(), 4);
    let held = rights(world, ana, &gil.member).await;
    assert!(
        held.contains("resources.read") && held.iter().all(|p| p.ends_with(".read")),
        "{held:?}"
    );
    world.remove(ana, &gil.member, &gil.email).await;
}
