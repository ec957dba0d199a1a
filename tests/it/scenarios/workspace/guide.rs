//! The chapters about the guide, about several roles, and about the owner.

use super::*;

pub async fn guide(world: &World, walk: &mut Walk, cast: &mut Cast) {
    let (by, carla) = (cast.bob.clone(), cast.carla.id.clone());
    walk.step("Na lista de membros, preste atenção especial à coluna Guia. Isso fornece uma sugestão rápida sobre o que você deve fazer a seguir com aquela pessoa em particular.");
    for row in list(world, &by).await {
        let next = match row.guide() {
            Guide::Invite => Kind::Invite,
            Guide::ReInvite | Guide::Wait => Kind::Resend,
            Guide::Reactivate => Kind::Reactivate,
            Guide::Ok | Guide::Unspecified => continue,
        };
        assert!(possible(world, &by, &[&row.id]).await.contains(&next), "{row:?}");
    }
    walk.heading("Existem diferentes ações do Guia:");
    walk.step("Quando um membro é adicionado, a ação do Guia é Convidar. Precisamos convidar esse membro.");
    let ines = member(add(world, &by, newcomer("ines@example.org", "Ines", &[])).await).id;
    assert_eq!(shown(world, &by, &ines).await, (State::Added, Guide::Invite));
    walk.step("Quando um membro é convidado, a ação do Guia é Aguardar. Precisamos esperar que esse membro aceite o convite por e-mail.");
    done(invite_members(world, &by, &[&ines]).await);
    assert_eq!(shown(world, &by, &ines).await, (State::Invited, Guide::Wait));
    assert_eq!(mails(world, "ines@example.org").await, ["invitation"]);
    walk.step("Quando um membro aceita seu convite, a ação do Guia é OK. Está tudo bem agora, não precisamos fazer mais nada.");
    let accepted = accept(world, "ines@example.org").await;
    assert_eq!(shown(world, &by, &ines).await, (State::Active, Guide::Ok));

    walk.step("Quando o convite de um membro expira, a ação do Guia é Re-convidar. Precisamos re-convidá-los enviando outro e-mail.");
    done(invite_members(world, &by, &[&carla]).await);
    let old = world.code("carla@example.org").await;
    world.clock.advance(Duration::from_secs(8 * 24 * 3600));
    (cast.ana, cast.bob) = (
        world.log_in("ana@example.org").await,
        world.log_in("bob@example.org").await,
    );
    let by = cast.bob.clone();
    assert_eq!(shown(world, &by, &carla).await, (State::Expired, Guide::ReInvite));
    let mailed = mails(world, "carla@example.org").await.len();
    done(resend_invitations(world, &by, &[&carla]).await);
    assert_eq!(mails(world, "carla@example.org").await.len(), mailed + 1);
    assert_eq!(shown(world, &by, &carla).await, (State::Invited, Guide::Wait));
    refused(
        world.accept_new(&old).await,
        Code::FailedPrecondition,
        "REASON_INVITATION_ENDED",
    );

    walk.step("Quando um membro é revogado, ele ainda está na lista, e a ação do Guia volta a ser Convidar porque você pode querer convidá-lo novamente a seguir.");
    done(revoke_members(world, &by, &[&ines]).await);
    assert_eq!(shown(world, &by, &ines).await, (State::Revoked, Guide::Invite));
    assert!(is_out(world, &accepted).await);
    done(invite_members(world, &by, &[&ines]).await);
    let ines = world.log_in("ines@example.org").await;
    world
        .accept_as(&ines, &world.code("ines@example.org").await)
        .await
        .unwrap();
    assert_eq!(shown(world, &by, &accepted.member).await, (State::Active, Guide::Ok));
}

/// What a member may do who is given these roles and no other. It is what the roles say of themselves, together.
async fn given(world: &World, by: &Person, whom: &ms::Member, named: &[&str]) -> BTreeSet<String> {
    let changed = world.set_roles(by, &whom.id, named).await.unwrap().into_inner();
    assert_eq!(changed.member.unwrap().roles.len(), named.len());
    let held = rights(world, by, &whom.id).await;
    let meant = roles(world, by, "en").await.into_iter();
    let meant = meant.filter(|role| named.contains(&role.id.as_str()) || named.contains(&role.name.as_str()));
    assert_eq!(held, meant.flat_map(|role| role.permissions).collect());
    held
}

pub async fn several_roles(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { bob, carla, eva, .. } = cast;
    walk.step("Um membro pode ter uma ou várias funções, cada uma concedendo diferentes níveis de acesso ao Centro de Controle e ao Espaço de Trabalho GenStudio.");
    let [member, admin, both] = [&["member"][..], &["admin"], &["admin", "member"]];
    let (of_member, of_admin) = (
        given(world, bob, eva, member).await,
        given(world, bob, eva, admin).await,
    );
    let centre = ["members.add", "tags.manage", "security.manage"];
    let all_of = |rights: &BTreeSet<String>| centre.iter().all(|name| rights.contains(*name));
    let any_of = |rights: &BTreeSet<String>| centre.iter().any(|name| rights.contains(*name));
    assert!(
        of_member.contains("tools.use") && !any_of(&of_member),
        "the workspace alone"
    );
    assert!(of_admin.contains("tools.use") && all_of(&of_admin), "the centre too");
    assert_eq!(given(world, bob, eva, both).await, &of_member | &of_admin);
    // Of these two the one has all that the other has. With a role of the organisation's own, each gives what the other lacks.
    let labels = world.role(bob, "Etiquetas", &["tags.read", "tags.manage"]).await;
    let of_labels = given(world, bob, eva, &[&labels.id]).await;
    assert!(of_labels.is_disjoint(&of_member) && !of_labels.is_empty());
    let together = given(world, bob, eva, &["member", &labels.id]).await;
    assert_eq!(together, &of_member | &of_labels);
    assert!(together.len() == of_member.len() + of_labels.len());
    assert_eq!(
        given(world, bob, eva, member).await,
        of_member,
        "and what one gave goes with it"
    );
    world.delete_role(bob, &labels.id).await.unwrap();
    walk.step("As funções são definidas da seguinte forma:");
    let there = roles(world, bob, "pt-BR").await;
    assert_eq!(
        there.iter().map(|r| r.display_name.as_str()).collect::<Vec<_>>(),
        ["Proprietário", "Administrador", "Membro"]
    );
    walk.step("Membro: Concede acesso ao Espaço de Trabalho GenStudio, desde que o usuário tenha sido convidado e tenha configurado sua conta.");
    for waiting in [eva, carla] {
        let why = explain(world, bob, &waiting.id, "tools.use").await;
        assert_eq!((why.allowed, why.cause()), (false, ac::AccessCause::State));
    }
    let carla = accept(world, "carla@example.org").await;
    assert_eq!(
        allowed(
            world,
            &carla,
            &["tools.use", "tools.manage", "members.read", "security.manage"]
        )
        .await,
        ["tools.use"]
    );
    walk.step("Admin: Fornece acesso ao Centro de Controle, permitindo a gestão da conta, integrações, segurança, tags, ferramentas e membros.");
    let centre = [
        "organization.update",
        "integrations.manage",
        "security.manage",
        "tags.manage",
        "tools.manage",
        "members.add",
        "members.invite",
        "members.remove",
    ];
    assert!(may(world, bob, &centre).await);
    rename(world, bob, "Estúdio Lima").await.unwrap();
    world
        .membership()
        .delete_tag(with(
            &bob.token,
            ms::DeleteTagRequest {
                tag_id: "GenStudio".into(),
                confirm: "GenStudio".into(),
                ..Default::default()
            },
        ))
        .await
        .unwrap();
}

pub async fn owner(world: &World, walk: &mut Walk, cast: Cast) {
    let Cast { ana, bob, .. } = cast;
    walk.step("Proprietário: Inclui todas as permissões de admin,");
    let (most, admins) = (
        rights(world, &ana, &ana.member).await,
        rights(world, &ana, &bob.member).await,
    );
    assert!(most.is_superset(&admins));
    walk.step(
        "além da capacidade de gerenciar a cobrança, excluir a conta e transferir a propriedade para outro admin.",
    );
    let more = ["billing.manage", "organization.delete", "organization.transfer"];
    assert!(may(world, &ana, &more).await && may_not(world, &bob, &more).await);
    let carla = found(world, &ana, "carla@example.org").await;
    refused(
        transfer(world, &ana, &carla.id).await,
        Code::FailedPrecondition,
        "REASON_NOT_AN_ADMINISTRATOR",
    );
    transfer(world, &ana, &bob.member).await.unwrap();
    let (ana, bob) = (
        world.log_in("ana@example.org").await,
        world.log_in("bob@example.org").await,
    );
    assert_eq!(role_names(&world.get(&bob, &ana.member).await), ["admin"]);
    assert!(may(world, &bob, &more).await && may_not(world, &ana, &more).await);
    let slug = slug(world, &bob).await;
    refused(
        delete_organization(world, &ana, &slug).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    let gone = delete_organization(world, &bob, &slug)
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap();
    assert_eq!(gone.state(), og::OrganizationState::Deleted);
    assert!(is_out(world, &ana).await && is_out(world, &bob).await);
}
