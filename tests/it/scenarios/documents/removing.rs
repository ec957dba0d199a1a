//! The chapters that change rights and remove members, the API user among them.

use super::*;

pub async fn changing_rights(world: &World, walk: &mut Walk, cast: &mut Cast) {
    let Cast { ana, bob, duda, .. } = cast;
    walk.step("A qualquer momento um usuário Administrador pode editar/alterar a permissão dos usuários cadastrados.");
    world.set_roles(ana, &duda.member, &["member"]).await.unwrap();
    switch(world, ana, &duda.member, &["folders.manage"]).await;
    *duda = world.log_in(&duda.email).await;
    assert!(may(world, duda, &["documents.manage", "folders.manage"]).await);
    refused(
        world.set_roles(bob, &duda.member, &["observer"]).await,
        Code::PermissionDenied,
        "REASON_PERMISSION_MISSING",
    );
    world.set_roles(ana, &duda.member, &["observer"]).await.unwrap();
    switch(world, ana, &duda.member, &[]).await;
    assert!(is_token_refused(world, duda).await, "what was taken is gone at once");
    *duda = world.log_in(&duda.email).await;
    assert!(may_not(world, duda, &["documents.manage", "folders.manage"]).await);
}

pub async fn is_token_refused(world: &World, who: &Person) -> bool {
    world
        .identity()
        .get_me(with(&who.token, Default::default()))
        .await
        .is_err()
}

pub async fn removing(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { ana, carla, .. } = cast;
    walk.heading("Como remover um usuário");
    walk.step("Clique em \"Configurações > Usuários\" no menu lateral.");
    assert!(list(world, ana).await.iter().any(|m| m.id == carla.member));
    walk.step("Na aba \"Usuários\" clique em \"Remover da conta\" o usuário desejado");
    assert!(possible(world, ana, &[&carla.member]).await.contains(&Kind::Remove));
    walk.step("e confirme em seguida, clicando em \"Remover\"");
    assert_eq!(
        refused_removal(world, ana, &carla.member, "").await.reason,
        "REASON_INPUT_INVALID"
    );
    world.remove(ana, &carla.member, &carla.email).await;
    assert!(is_out(world, carla).await);
    assert!(list(world, ana).await.iter().all(|m| m.id != carla.member));
}

pub async fn choose(world: &World, by: &Person, member: &str) -> Result<og::Organization, tonic::Status> {
    let request = og::SetApiUserRequest {
        member_id: member.into(),
        ..Default::default()
    };
    let answer = world.organization().set_api_user(with(&by.token, request)).await?;
    Ok(answer.into_inner().organization.unwrap())
}

pub async fn api_user(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { ana, bob, duda, .. } = cast;
    walk.heading("Como remover um usuário com API");
    walk.step("Esta opção está habilitada");
    let lacks = choose(world, bob, &bob.member).await.map(tonic::Response::new);
    assert_eq!(
        refused(lacks, Code::PermissionDenied, "REASON_PERMISSION_MISSING").metadata["permission"],
        "integrations.manage"
    );
    assert_eq!(
        choose(world, ana, &bob.member).await.unwrap().api_user_member_id,
        bob.member
    );
    walk.step("Caso o usuário a ser removido esteja selecionado como um e-mail de usuário com API será necessário primeiro alterá-lo, para então fazer a remoção do usuário. Confira:");
    let refusal = world
        .unchanged(refused_removal(world, ana, &bob.member, &bob.email))
        .await;
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::FailedPrecondition, "REASON_API_USER_PROTECTED")
    );
    assert!(
        refusal.message.contains("another API user"),
        "it says what to do: {}",
        refusal.message
    );
    assert_eq!(
        obstacles(world, ana, Kind::Remove, &[&bob.member]).await,
        ["REASON_API_USER_PROTECTED"]
    );
    walk.step("Em \"Configurações\", no menu lateral, clique em \"API\"");
    let organization = world
        .organization()
        .get_organization(with(&ana.token, Default::default()))
        .await;
    let organization = organization.unwrap().into_inner().organization.unwrap();
    assert_eq!(organization.api_user_member_id, bob.member);
    walk.step("Em \"E-mail do usuário da API\" selecione um novo e-mail e clique em \"Salvar e-mail\"");
    assert_eq!(
        choose(world, ana, &duda.member).await.unwrap().api_user_member_id,
        duda.member
    );
    walk.step("Retorne na aba \"Usuários\" e remova o usuário, clicando em \"Remover da conta\"");
    world.remove(ana, &bob.member, &bob.email).await;
    assert!(is_out(world, bob).await);
}
