//! The last question: what becomes of what somebody made, when they are removed.

use super::*;

/// What an administrator made or gave while she was there.
struct Made {
    /// Whom she brought in, who bears what else she made.
    max: Person,
    /// On the list by her, and not in yet.
    nina: ms::Member,
    role: ac::Role,
    group: ms::Group,
    tag: ms::Tag,
    binding: ac::Binding,
}

pub async fn what_stays(world: &World, walk: &mut Both, cast: &Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.step(
        "What happens to a member's data when they are removed? Removing a member does not delete their data.",
        "O que acontece com os dados de um membro quando ele é removido? Remover um membro não exclui seus dados.",
    );
    let lia = join(world, bob, "lia@example.org", "Lia", &["admin"]).await;
    let made = making(world, &lia).await;
    // Whoever holds everything holds what her service brought, too; a token says so that was made since.
    let bob = &world.log_in(&bob.email).await;
    let before = world.get(bob, &made.max.member).await;
    removing_her(world, bob, &lia).await;
    assert_eq!(world.get(bob, &made.max.member).await, before, "to the letter");
    assert_eq!(before.added_by_user_id, lia.user, "who brought him in stays on record");
    let sql = Sql::open(world).await;
    let log = sql
        .texts("SELECT CAST(data AS TEXT) FROM changes WHERE kind = 'member_removed'")
        .await;
    sql.close().await;
    assert!(log.iter().any(|data| data.contains("lia@example.org")), "{log:?}");
    assert!(
        try_log_in(world, &lia.email, PASSWORD).await.is_ok(),
        "the account is hers"
    );

    walk.step(
        "Any resources or instances created by the member will remain accessible to the organization.",
        "Quaisquer recursos ou instâncias criados pelo membro permanecerão acessíveis à organização.",
    );
    accessible(world, bob, &made).await;
    used_further(world, bob, carla, &made).await;
    invited_anew(world, bob, &made).await;
    let shown = world
        .organization()
        .get_organization(with(&ana.token, Default::default()))
        .await;
    let name = shown.unwrap().into_inner().organization.unwrap().display_name;
    assert_eq!(name, "Lima e Filhas", "what she called the organisation");
}

/// One of each kind of thing that somebody can make here.
async fn making(world: &World, lia: &Person) -> Made {
    rename(world, lia, "Lima e Filhas").await.unwrap();
    // A service of the organisation's brings a kind of resource of its own.
    let titles = |text: &str| ac::LocalizedText {
        en: text.into(),
        pt_br: text.into(),
        es: text.into(),
    };
    let run = ac::CatalogPermission {
        verb: "run".into(),
        titles: Some(titles("Run an agent")),
        grantable: true,
    };
    let agents = ac::CatalogModule {
        name: "agents".into(),
        titles: Some(titles("Agents")),
        permissions: vec![run],
    };
    let declared = ac::ApplyCatalogRequest {
        service: "agents".into(),
        modules: vec![agents],
        ..Default::default()
    };
    world.access().apply_catalog(with(&lia.token, declared)).await.unwrap();
    let role = world.role(lia, "Agent runner", &["agents.run"]).await;
    let group = world.group(lia, "Night team", &[&role.id]).await;
    let tag = world.tag(lia, "Night shift").await;
    let max = join(world, lia, "max@example.org", "Max", &[]).await;
    world.put_in(lia, &group.id, &[&max.member]).await;
    let bears = world.try_tag_members(lia, &[&max.member], &[&tag.id], &[]).await;
    done(bears.unwrap().into_inner().results);
    let alone = ms::UpdateMemberRequest {
        member_id: max.member.clone(),
        grants: vec!["usage.read".into()],
        ..Default::default()
    };
    edit(world, lia, &["grants"], alone).await.unwrap();
    let binding = world.bind(lia, &max.member, "guest", 60).await;
    let onboarding = Some(Onboarding::Invitation(ms::InvitationOnboarding::default()));
    let invited = ms::AddMemberRequest {
        onboarding,
        ..newcomer("nina@example.org", "Nina", &[])
    };
    let nina = member(add(world, lia, invited).await);
    let max = world.log_in(&max.email).await;
    Made {
        max,
        nina,
        role,
        group,
        tag,
        binding,
    }
}

async fn removing_her(world: &World, by: &Person, lia: &Person) {
    let request = ms::PreviewOffboardingRequest {
        member_ids: vec![lia.member.clone()],
        ..Default::default()
    };
    let preview = world
        .membership()
        .preview_offboarding(with(&by.token, request))
        .await
        .unwrap()
        .into_inner()
        .previews
        .remove(0);
    assert!(preview.possible && preview.account_stays && preview.frees_seat);
    let receipt = world.remove(by, &lia.member, &lia.email).await;
    assert_eq!(Some(receipt), preview.ends);
    assert_eq!(
        receipt.invitations_withdrawn, 1,
        "an open invitation rested on her rights"
    );
    assert!(is_out(world, lia).await);
}

/// All of it is there, and works for whom she made it for: with the very token that he had.
async fn accessible(world: &World, bob: &Person, made: &Made) {
    let Made {
        max, role, group, tag, ..
    } = made;
    let held = ["agents.run", "usage.read", "resources.use"];
    assert_eq!(allowed(world, max, &held).await, held);
    let from = explain(world, bob, &max.member, "agents.run").await;
    assert_eq!((from.allowed, from.cause()), (true, ac::AccessCause::Group));
    let from = explain(world, bob, &max.member, "usage.read").await;
    assert_eq!((from.allowed, from.cause()), (true, ac::AccessCause::Grant));
    let him = world.get(bob, &max.member).await;
    assert_eq!(
        (him.groups[0].name.as_str(), him.tags[0].name.as_str()),
        ("Night team", "Night shift")
    );
    let kept = world.get_role(bob, &role.id).await.unwrap().into_inner().role.unwrap();
    assert_eq!(
        (kept.permissions.as_slice(), kept.holder_count),
        (role.permissions.as_slice(), Some(1))
    );
    let kept = world
        .try_get_group(bob, &group.id)
        .await
        .unwrap()
        .into_inner()
        .group
        .unwrap();
    assert_eq!((kept.name.as_str(), kept.member_count), ("Night team", Some(1)));
    let of_max = ac::ListBindingsRequest {
        member_id: max.member.clone(),
        ..Default::default()
    };
    let bindings = world.bindings(bob, of_max).await.unwrap().into_inner().bindings;
    let ids: Vec<_> = bindings.iter().map(|binding| &binding.id).collect();
    assert_eq!(ids, [&made.binding.id]);
    let tagged = ms::ListMembersRequest {
        tag_ids: vec![tag.id.clone()],
        ..Default::default()
    };
    assert_eq!(world.list(bob, tagged).await.members[0].id, max.member);
    let agents = modules(world, bob, "en").await.pop().unwrap();
    assert_eq!(
        (agents.name.as_str(), agents.permissions[0].name.as_str()),
        ("agents", "agents.run")
    );
}

/// Others go on with it: it is the organisation's, not hers.
async fn used_further(world: &World, bob: &Person, carla: &Person, made: &Made) {
    let Made {
        max, role, group, tag, ..
    } = made;
    world
        .set_roles(bob, &carla.member, &["member", &role.id])
        .await
        .unwrap();
    assert!(may(world, &world.log_in(&carla.email).await, &["agents.run"]).await);
    world.set_roles(bob, &carla.member, &["member"]).await.unwrap();
    world.put_in(bob, &group.id, &[&carla.member]).await;
    assert!(may(world, &world.log_in(&carla.email).await, &["agents.run"]).await);
    let bears = world.try_tag_members(bob, &[&carla.member], &[&tag.id], &[]).await;
    let bears = done(bears.unwrap().into_inner().results);
    assert_eq!(bears[0].tags[0].name, "Night shift");
    world.unbind(bob, &made.binding.id).await.unwrap();
    world.take_out(bob, &group.id, &[&max.member, &carla.member]).await;
    assert!(may_not(world, &world.log_in(&max.email).await, &["agents.run"]).await);
}

/// An invitation that rested on her rights works no more; the invited stays on the list, and is invited by somebody else.
async fn invited_anew(world: &World, bob: &Person, made: &Made) {
    let old = world.code("nina@example.org").await;
    refused(
        world.accept_new(&old).await,
        Code::FailedPrecondition,
        "REASON_INVITATION_ENDED",
    );
    let nina = world.get(bob, &made.nina.id).await;
    assert_eq!(nina.guide(), ms::Guide::Invite);
    done(invite_members(world, bob, &[&nina.id]).await);
    let nina = accept(world, "nina@example.org").await;
    assert_eq!(nina.member, made.nina.id);
    assert!(may(world, &nina, &["resources.use"]).await);
}
