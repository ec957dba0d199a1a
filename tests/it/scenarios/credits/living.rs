//! The chapters about what comes after: resources, practices, troubles, questions.

use super::*;

pub async fn belonging(world: &World, walk: &mut Both, cast: &Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.heading(
        "Relationship between User and Organization",
        "Relacionamento entre Usuário e Organização",
    );
    walk.step("Financial Management:", "Gerenciamento Financeiro:");
    assert!(may(world, bob, &["billing.read", "billing.manage"]).await);
    walk.step(
        "When an administrator or owner adds credits,",
        "Quando um administrador ou proprietário adiciona créditos,",
    );
    assert!(may(world, ana, &["credits.add"]).await && may(world, bob, &["credits.add"]).await);
    assert!(may_not(world, carla, &["credits.add"]).await);
    walk.step(
        "all users within the organization have access to those credits",
        "todos os usuários dentro da organização têm acesso a esses créditos",
    );
    for who in [ana, bob, carla] {
        assert!(
            may(world, who, &["credits.read", "credits.spend"]).await,
            "{}",
            who.email
        );
    }
    walk.step("Resource Access:", "Acesso a Recursos:");
    assert!(may(world, carla, &["resources.manage"]).await, "a user may create one");
    walk.step(
        "is accessible to all users within the organization.",
        "é acessível a todos os usuários dentro da organização.",
    );
    // What a permission allows, it allows in all of the organisation, whoever made the resource.
    for who in [ana, bob, carla] {
        assert!(
            may(world, who, &["resources.read", "resources.use"]).await,
            "{}",
            who.email
        );
    }
    walk.step("Usage Tracking:", "Rastreamento de Uso:");
    assert!(may(world, bob, &["usage.read"]).await);
    assert_eq!(
        allowed(world, carla, &["usage.read", "usage.read_own"]).await,
        ["usage.read_own"]
    );
}

pub async fn best_practices(world: &World, walk: &mut Both, cast: &mut Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.heading(
        "Best Practices for Managing Members",
        "Melhores Práticas para Gerenciar Membros",
    );
    walk.step(
        "Regularly Review Membership: Periodically review the member list to ensure only active users have access.",
        "Revisar Regularmente a Associação: Revise periodicamente a lista de membros para garantir que apenas usuários ativos tenham acesso.",
    );
    let onboarding = Some(Onboarding::Invitation(ms::InvitationOnboarding::default()));
    let invited = ms::AddMemberRequest {
        onboarding,
        ..newcomer("ines@example.org", "Ines", &[])
    };
    let ines = member(add(world, bob, invited).await);
    for shown in list(world, bob).await {
        let active = shown.state() == ms::MemberState::Active;
        assert_eq!(active, shown.last_sign_in_time.is_some(), "{shown:?}");
        assert_eq!(
            active,
            explain(world, bob, &shown.id, "resources.read").await.allowed,
            "{shown:?}"
        );
    }
    world.remove(bob, &ines.id, &ines.email).await;
    walk.step(
        "Update Roles as Needed: Adjust member roles based on changes in their responsibilities within the organization.",
        "Atualizar Funções conforme Necessário: Ajuste as funções dos membros com base nas mudanças em suas responsabilidades dentro da organização.",
    );
    world.set_roles(ana, &carla.member, &["admin"]).await.unwrap();
    *carla = world.log_in(&carla.email).await;
    assert!(may(world, carla, &["members.update"]).await);
    world.set_roles(ana, &carla.member, &["member"]).await.unwrap();
    refused(
        rename(world, carla, "Mine").await,
        Code::Unauthenticated,
        "REASON_CREDENTIAL_INVALID",
    );
    *carla = world.log_in(&carla.email).await;
    assert!(may_not(world, carla, &["members.update"]).await);
    walk.step(
        "Enforce Strong Password Policies: Ensure all members follow strong password policies to maintain organization data security.",
        "Aplicar Políticas de Senha Forte: Garanta que todos os membros sigam políticas de senha forte para manter a segurança dos dados da organização.",
    );
    let policy = og::UpdateOrganizationRequest {
        password_policy: Some(og::PasswordPolicy { min_length: 32 }),
        ..Default::default()
    };
    world
        .organization()
        .update_organization(with(&bob.token, policy))
        .await
        .unwrap();
    let short = change_password(world, carla, "ten quiet lamps by a harbour").await;
    assert_eq!(
        refused(short, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(),
        ["new_password"]
    );
    change_password(world, carla, ANOTHER).await.unwrap();
    let weak = with_password(
        newcomer("jo@example.org", "Jo", &[]),
        "ten quiet lamps by a harbour",
        false,
    );
    refused(
        world.try_add(bob, weak).await,
        Code::InvalidArgument,
        "REASON_INPUT_INVALID",
    );
    let mask = prost_types::FieldMask {
        paths: vec!["password_policy".into()],
    };
    let none = og::UpdateOrganizationRequest {
        update_mask: Some(mask),
        ..Default::default()
    };
    world
        .organization()
        .update_organization(with(&bob.token, none))
        .await
        .unwrap();
    let back = id::ChangePasswordRequest {
        current_password: ANOTHER.into(),
        new_password: PASSWORD.into(),
        ..Default::default()
    };
    world
        .identity()
        .change_password(with(&carla.token, back))
        .await
        .unwrap();
}

pub async fn troubleshooting(world: &World, walk: &mut Both, cast: &Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.heading("Troubleshooting", "Solução de Problemas");
    walk.heading("Common Issues", "Problemas Comuns");
    walk.step(
        "Member Not Receiving Email: Check if the member's email address is correct and that the email wasn't marked as spam.",
        "Membro Não Recebendo E-mail: Verifique se o endereço de e-mail do membro está correto e se o e-mail não foi marcado como spam.",
    );
    let refusal = refused(
        world.try_add(bob, newcomer("kai@@example.org", "Kai", &[])).await,
        Code::InvalidArgument,
        "REASON_INPUT_INVALID",
    );
    assert_eq!(refusal.fields(), ["email"]);
    let onboarding = Some(Onboarding::Invitation(ms::InvitationOnboarding::default()));
    let kai = member(
        add(
            world,
            bob,
            ms::AddMemberRequest {
                onboarding,
                ..newcomer("kai@example.org", "Kai", &[])
            },
        )
        .await,
    );
    let lookup = ms::LookupMemberRequest {
        email: "kai@example.org".into(),
        ..Default::default()
    };
    let found = world
        .membership()
        .lookup_member(with(&bob.token, lookup))
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert_eq!(
        (found.id.as_str(), found.email.as_str()),
        (kai.id.as_str(), "kai@example.org")
    );
    // It can be sent again, with a code that works.
    done(resend_invitations(world, bob, &[&kai.id]).await);
    assert_eq!(mails(world, "kai@example.org").await.len(), 2);
    let kai = accept(world, "kai@example.org").await;
    walk.step(
        "Unable to Edit/Remove Member: Check if you have the appropriate permissions to perform these actions.",
        "Incapaz de Editar/Remover Membro: Verifique se você possui as permissões adequadas para realizar essas ações.",
    );
    for (kind, permission) in [(Kind::Edit, "members.update"), (Kind::Remove, "members.remove")] {
        assert_eq!(
            obstacles(world, carla, kind, &[&kai.member]).await[0],
            "REASON_PERMISSION_MISSING"
        );
        let why = explain(world, carla, &carla.member, permission).await;
        assert_eq!((why.allowed, why.cause()), (false, ac::AccessCause::NotGranted));
        assert_eq!(why.roles_that_grant, ["owner", "admin"]);
        assert_eq!(why.who_could_give, [ana.member.as_str(), bob.member.as_str()]);
    }
    let refusal = refused(
        world.set_roles(carla, &kai.member, &["guest"]).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(refusal.metadata["permission"], "members.update");
    let refusal = refused(
        world.try_remove(carla, &[(&kai.member, &kai.email)]).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    assert_eq!(refusal.metadata["permission"], "members.remove");
    world.remove(bob, &kai.member, &kai.email).await;
}

pub async fn questions(world: &World, walk: &mut Both, cast: &mut Cast) {
    let Cast { bob, carla, .. } = cast;
    walk.heading("Frequently Asked Questions", "Perguntas Frequentes");
    walk.step(
        "How can I change a member's role? Go to the Members page, click the edit icon next to the member's name, and select the new role from the dropdown menu. Save the changes.",
        "Como posso alterar a função de um membro? Acesse a página Membros, clique no ícone de edição ao lado do nome do membro e selecione a nova função no menu suspenso. Salve as alterações.",
    );
    let menu = roles(world, bob, "en").await;
    let guest = menu.iter().find(|role| role.display_name == "Guest").unwrap();
    let changed = world
        .set_roles(bob, &carla.member, &[&guest.id])
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert_eq!(role_names(&changed), ["guest"]);
    world.set_roles(bob, &carla.member, &["member"]).await.unwrap();
    *carla = world.log_in(&carla.email).await;

    walk.step(
        "Can I disable a member's access without removing them? Currently, the only way to revoke a member's access is by removing them. In the future, there may be an option to temporarily disable a member's account.",
        "Posso desativar o acesso de um membro sem removê-lo? Atualmente, a única maneira de revogar o acesso de um membro é removendo-o. No futuro, pode haver uma opção para desativar temporariamente a conta de um membro.",
    );
    let off = done(suspend_members(world, bob, &[&carla.member]).await).remove(0);
    assert_eq!(
        (off.state(), off.guide(), off.has_seat),
        (ms::MemberState::Suspended, ms::Guide::Reactivate, false)
    );
    assert!(is_out(world, carla).await);
    let on = done(reactivate_members(world, bob, &[&carla.member]).await).remove(0);
    assert_eq!((on.state(), role_names(&on)), (ms::MemberState::Active, vec!["member"]));
    assert!(is_out(world, carla).await, "no token comes back to life");
    *carla = world.log_in(&carla.email).await;
}
