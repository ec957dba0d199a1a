//! The chapters that add, edit and remove members.

use super::*;

pub fn with_password(request: ms::AddMemberRequest, password: &str, return_password: bool) -> ms::AddMemberRequest {
    let onboarding = ms::TemporaryPasswordOnboarding {
        password: password.into(),
        return_password,
    };
    ms::AddMemberRequest {
        onboarding: Some(Onboarding::TemporaryPassword(onboarding)),
        ..request
    }
}

pub async fn adding(world: &World, walk: &mut Both, cast: &Cast) {
    let Cast { ana, bob, .. } = cast;
    walk.heading("Adding a New Member", "Adicionando um Novo Membro");
    walk.heading(
        "To add a new member to your organization:",
        "Para adicionar um novo membro à sua organização:",
    );
    walk.step("Go to the Members page.", "Acesse a página Membros.");
    assert_eq!(list(world, bob).await.len(), 3);
    walk.step("Click the Add User button.", "Clique no botão Adicionar Usuário.");
    assert!(possible(world, bob, &[]).await.contains(&Kind::Add));
    walk.step(
        "Fill in the required information: name, email, and a temporary password.",
        "Preencha as informações necessárias: nome, e-mail e uma senha temporária.",
    );
    let typed = "quiet harbour lamps at midnight";
    let answer = add(
        world,
        bob,
        with_password(newcomer("duda@example.org", "Duda Melo", &[]), typed, false),
    )
    .await;
    assert_eq!(
        (answer.onboarding(), answer.temporary_password.as_str()),
        (ms::OnboardingKind::TemporaryPassword, "")
    );
    let duda = member(answer);
    assert_eq!(
        (duda.display_name.as_str(), duda.state()),
        ("Duda Melo", ms::MemberState::Active)
    );
    walk.step(
        "The temporary password will be sent to the user's email, requesting them to change it.",
        "A senha temporária será enviada para o e-mail do usuário, solicitando que ele a altere.",
    );
    assert_eq!(mailed_password(world, "duda@example.org").await, typed);
    let duda = first_log_in(world, "duda@example.org", typed).await;
    refused(
        try_log_in(world, &duda.email, typed).await,
        Code::Unauthenticated,
        "REASON_CREDENTIAL_INVALID",
    );
    walk.step(
        "Make sure to use a strong password or click the Generate Password button for security.",
        "Certifique-se de usar uma senha forte ou clique no botão Gerar Senha para segurança.",
    );
    let eli = newcomer("eli@example.org", "Eli", &[]);
    for weak in ["12345678", "passwordpassword", "eli@example.org"] {
        let answer = world.try_add(bob, with_password(eli.clone(), weak, false)).await;
        let refusal = refused(answer, Code::InvalidArgument, "REASON_INPUT_INVALID");
        assert_eq!(refusal.fields(), ["temporary_password.password"]);
    }
    let made = world
        .identity()
        .generate_password(id::GeneratePasswordRequest {})
        .await
        .unwrap()
        .into_inner()
        .password;
    let check = id::CheckPasswordRequest {
        password: made.clone(),
        ..Default::default()
    };
    let verdict = world.identity().check_password(check).await.unwrap().into_inner();
    assert_eq!((verdict.acceptable, verdict.score), (true, 4));
    add(world, bob, with_password(eli, &made, false)).await;
    let eli = first_log_in(world, "eli@example.org", &made).await;
    // In this preset a password is how people get in, and left out it is made.
    add(world, bob, newcomer("fabi@example.org", "Fabi", &[])).await;
    let fabi = first_log_in(
        world,
        "fabi@example.org",
        &mailed_password(world, "fabi@example.org").await,
    )
    .await;

    walk.step(
        "You can disable email notification, but this is not recommended.",
        "Você pode desativar a notificação por e-mail, mas isso não é recomendado.",
    );
    let quiet = with_password(newcomer("hugo@example.org", "Hugo", &[]), "", true);
    let handed = add(
        world,
        bob,
        ms::AddMemberRequest {
            request_id: request_id(),
            ..quiet
        },
    )
    .await
    .temporary_password;
    assert_eq!(mails(world, "hugo@example.org").await, [""; 0]);
    walk.step(
        "If disabled, you will need to manually provide the password to the user.",
        "Se desativado, você precisará fornecer manualmente a senha ao usuário.",
    );
    let hugo = first_log_in(world, "hugo@example.org", &handed).await;
    for gone in [eli, fabi, hugo, duda] {
        world.remove(ana, &gone.member, &gone.email).await;
    }
}

pub async fn editing(world: &World, walk: &mut Both, cast: &mut Cast) {
    let Cast { bob, carla, .. } = cast;
    walk.heading("Editing a Member", "Editando um Membro");
    walk.step(
        "Currently, you can only edit a member's role.",
        "Atualmente, você só pode editar a função de um membro.",
    );
    let whom = ms::UpdateMemberRequest {
        member_id: carla.member.clone(),
        ..Default::default()
    };
    for path in ["display_name", "email", "password"] {
        let refusal = refused(
            edit(world, bob, &[path], whom.clone()).await,
            Code::InvalidArgument,
            "REASON_INPUT_INVALID",
        );
        assert_eq!(refusal.fields(), ["update_mask.paths[0]"]);
    }
    walk.step(
        "For other changes, such as name and password, the member must manage their own details.",
        "Para outras alterações, como nome e senha, o membro deve gerenciar seus próprios detalhes.",
    );
    let own = id::UpdateMeRequest {
        display_name: "Carla Dias Prado".into(),
        ..Default::default()
    };
    world.identity().update_me(with(&carla.token, own)).await.unwrap();
    change_password(world, carla, ANOTHER).await.unwrap();
    let answer = try_log_in(world, &carla.email, ANOTHER).await.unwrap().into_inner();
    assert!(matches!(answer.outcome, Some(id::log_in_response::Outcome::Tokens(_))));
    assert_eq!(world.get(bob, &carla.member).await.display_name, "Carla Dias Prado");
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

    walk.step("Go to the Members page.", "Acesse a página Membros.");
    let shown = list(world, bob)
        .await
        .into_iter()
        .find(|m| m.id == carla.member)
        .unwrap();
    walk.step(
        "Click the edit icon next to the member whose role you want to change.",
        "Clique no ícone de edição ao lado do membro cuja função você deseja alterar.",
    );
    assert!(possible(world, bob, &[&carla.member]).await.contains(&Kind::Edit));
    walk.step("Update the role as needed.", "Atualize a função conforme necessário.");
    let change = ms::UpdateMemberRequest {
        role_ids: vec!["guest".into()],
        etag: shown.etag.clone(),
        ..whom
    };
    let dry = ms::UpdateMemberRequest {
        validate_only: true,
        ..change.clone()
    };
    let seen = edit(world, bob, &["role_ids"], dry)
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert_eq!(role_names(&seen), ["guest"]);
    assert_eq!(role_names(&world.get(bob, &carla.member).await), ["member"]);
    walk.step("Save the changes.", "Salve as alterações.");
    edit(world, bob, &["role_ids"], change.clone()).await.unwrap();
    assert_eq!(role_names(&world.get(bob, &carla.member).await), ["guest"]);
    refused(
        edit(world, bob, &["role_ids"], change).await,
        Code::Aborted,
        "REASON_ETAG_MISMATCH",
    );
    world.set_roles(bob, &carla.member, &["member"]).await.unwrap();
    *carla = world.log_in(&carla.email).await;
}

pub async fn removing(world: &World, walk: &mut Both, cast: &Cast) {
    let Cast { bob, carla, .. } = cast;
    let dora = join(world, bob, "dora@example.org", "Dora Nunes", &[]).await;
    walk.heading("Removing a Member", "Removendo um Membro");
    walk.heading(
        "To remove a member from your organization:",
        "Para remover um membro da sua organização:",
    );
    walk.step("Go to the Members page.", "Acesse a página Membros.");
    assert!(list(world, bob).await.iter().any(|m| m.id == dora.member));
    walk.step(
        "Click the trash icon next to the member you want to remove.",
        "Clique no ícone de lixeira ao lado do membro que deseja remover.",
    );
    assert!(possible(world, bob, &[&dora.member]).await.contains(&Kind::Remove));
    walk.step(
        "Confirm the removal action in the confirmation message.",
        "Confirme a ação de remoção na mensagem de confirmação.",
    );
    for wrong in ["", "carla@example.org"] {
        let refusal = refused_removal(world, bob, &dora.member, wrong).await;
        assert_eq!(
            (refusal.reason.as_str(), refusal.fields()),
            ("REASON_INPUT_INVALID", vec!["removals[0].confirm".to_owned()])
        );
    }
    let receipt = world.remove(bob, &dora.member, "dora@example.org").await;
    assert_eq!((receipt.sessions_ended, receipt.roles_ended), (1, 1));
    walk.step(
        "Note: Removing a member will revoke their access to the organization's resources and data.",
        "Observação: Remover um membro revogará o acesso dele aos recursos e dados da organização.",
    );
    assert!(is_out(world, &dora).await);
    let bearer = ac::CheckAccessRequest {
        permission: "resources.use".into(),
        subject: Some(ac::check_access_request::Subject::AccessToken(dora.token.clone())),
        ..Default::default()
    };
    let told = world.access().check_access(with(&carla.token, bearer)).await.unwrap();
    assert!(!told.into_inner().allowed, "nor does another service let them in");
    assert!(list(world, bob).await.iter().all(|m| m.id != dora.member));
}
