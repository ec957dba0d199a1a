//! The chapters about the list of users: looking, adding, editing, deleting.

use super::*;

pub async fn looking(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { bob, carla, .. } = cast;
    walk.heading("Acessando o Gerenciamento de Usuários");
    walk.heading("Para gerenciar usuários, siga os passos abaixo:");
    walk.step("No menu superior, clique em People. Selecione a opção Users no submenu para visualizar a lista de usuários cadastrados.");
    let request = ms::ListMembersRequest {
        include_total_size: true,
        ..Default::default()
    };
    assert_eq!(world.list(bob, request).await.total_size, Some(3));

    walk.heading("Visualizando Usuários Existentes");
    done(suspend_members(world, bob, &[&carla.member]).await);
    walk.heading("Ao acessar a página de usuários, você verá uma lista contendo os seguintes detalhes:");
    let shown = list(world, bob).await;
    let one = |name: &str| shown.iter().find(|m| m.display_name == name).unwrap();
    walk.step("Nome completo do usuário.");
    let (active, inactive) = (one("Bob Reis"), one("Carla Dias"));
    walk.step("Endereço de e-mail cadastrado.");
    assert_eq!(
        (active.email.as_str(), inactive.email.as_str()),
        ("bob@example.org", "carla@example.org")
    );
    walk.step("Status do usuário, indicando se está ativo ou inativo.");
    assert_eq!(
        (active.state(), inactive.state()),
        (ms::MemberState::Active, ms::MemberState::Suspended)
    );
    walk.step("Função atribuída, que define o nível de permissões do usuário.");
    assert_eq!(
        (role_names(active), role_names(inactive)[0]),
        (vec!["admin", "member"], "member"),
        "his own, and the team's"
    );
    assert_ne!(
        rights(world, bob, &active.id).await,
        rights(world, bob, &inactive.id).await
    );
    done(reactivate_members(world, bob, &[&carla.member]).await);
    walk.step("Para localizar rapidamente um usuário específico, utilize a barra de pesquisa no topo da página e insira o nome ou e-mail desejado.");
    for (query, found) in [
        ("reis", vec!["bob@example.org"]),
        ("CARLA D", vec!["carla@example.org"]),
        ("bob@ex", vec!["bob@example.org"]),
        ("b%b", vec![]),
    ] {
        assert_eq!(search(world, bob, query).await, found, "{query}");
    }
}

/// The fields for which an addition is refused, whichever way the user is to get in; nothing comes of it.
async fn faulty(world: &World, by: &Person, request: ms::AddMemberRequest) -> Vec<String> {
    let invited = ms::AddMemberRequest {
        onboarding: Some(Onboarding::Invitation(ms::InvitationOnboarding::default())),
        ..request.clone()
    };
    let mut fields = vec![];
    for request in [request, invited] {
        let answer = world.unchanged(world.try_add(by, request)).await;
        fields.push(refused(answer, Code::InvalidArgument, "REASON_INPUT_INVALID").fields());
    }
    assert_eq!(fields[0], fields[1]);
    fields.remove(0)
}

/// No more is anybody added by a file who lacks one of them.
async fn rows_without_them(world: &World, by: &Person) {
    let file = "E-mail;Nome;Role\n;Eva Moura;member\neva@example.org;;member\nivo@example.org;Ivo Reis;\n";
    let invited = ms::ImportMembersRequest {
        invite: true,
        ..Default::default()
    };
    let (bad, summary) = import(world, by, invited, file).await;
    let told: Vec<_> = bad.iter().map(|row| (row.line, row.column.as_str())).collect();
    assert_eq!(told, [(2, "E-mail"), (3, "Nome"), (4, "Role")]);
    assert_eq!(summary.counts.unwrap().added, 0);
}

pub async fn adding(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { ana, bob, .. } = cast;
    walk.heading("Adicionando um Novo Usuário");
    walk.step("Clique no botão New no canto superior direito da tela.");
    assert!(possible(world, bob, &[]).await.contains(&Kind::Add));
    walk.step("Preencha os campos obrigatórios:");
    let (email, name, role) = ("eva@example.org", "Eva Moura", ["member"].as_slice());
    assert_eq!(
        faulty(world, bob, newcomer("", "", &[])).await,
        ["email", "display_name", "role_ids"],
        "all three at once"
    );
    rows_without_them(world, bob).await;
    walk.step("E-mail: Digite o endereço de e-mail do usuário.");
    for wrong in ["", "eva at example.org"] {
        assert_eq!(faulty(world, bob, newcomer(wrong, name, role)).await, ["email"]);
    }
    walk.step("Nome: Insira o nome completo.");
    for wrong in ["", "Eva\nMoura"] {
        assert_eq!(faulty(world, bob, newcomer(email, wrong, role)).await, ["display_name"]);
    }
    walk.step("Role: Escolha a função apropriada para o usuário, como Member, Owner ou Admin.");
    assert_eq!(faulty(world, bob, newcomer(email, name, &[])).await, ["role_ids"]);
    assert_eq!(faulty(world, bob, newcomer(email, name, &[""])).await, ["role_ids[0]"]);
    for (email, role) in [
        ("m@example.org", "member"),
        ("o@example.org", "owner"),
        ("a@example.org", "admin"),
    ] {
        let added = member(add(world, ana, newcomer(email, "Fabi", &[role])).await);
        assert_eq!(role_names(&added), [role]);
        world.remove(ana, &added.id, email).await;
    }
    let owner = world.try_add(bob, newcomer("o@example.org", "Fabi", &["owner"])).await;
    refused(owner, Code::PermissionDenied, "REASON_RIGHTS_EXCEED_YOURS");
    let reviewed = newcomer("eva@example.org", "Eva Moura", &["admin"]);
    let dry = ms::AddMemberRequest {
        validate_only: true,
        ..reviewed.clone()
    };
    let seen = member(world.unchanged(add(world, bob, dry)).await);

    walk.step("Após preencher as informações, clique em Crate user para adicionar o usuário à organização.");
    let added = member(add(world, bob, reviewed).await);
    walk.step("O novo usuário será automaticamente adicionado à lista com o status Active.");
    let shown = list(world, bob).await.into_iter().find(|m| m.id == added.id).unwrap();
    assert_eq!((shown.state(), shown.guide()), (ms::MemberState::Active, ms::Guide::Ok));
    walk.step("Dica: Certifique-se de revisar os dados antes de salvar, pois eles serão usados para notificações e autenticação.");
    assert_eq!(
        (seen.email, seen.display_name, seen.state),
        (shown.email, shown.display_name, shown.state)
    );
    assert_eq!(mails(world, "eva@example.org").await, ["temporary-password"]);
    let eva = first_log_in(
        world,
        "eva@example.org",
        &mailed_password(world, "eva@example.org").await,
    )
    .await;
    assert_eq!(eva.member, added.id);
}

pub async fn editing(world: &World, walk: &mut Walk, cast: &mut Cast) {
    let Cast { bob, carla, .. } = cast;
    *carla = world.log_in(&carla.email).await;
    walk.heading("Editando Usuários Existentes");
    walk.heading("Caso precise alterar informações de um usuário:");
    walk.step("Clique no ícone de lápis ao lado do usuário desejado.");
    let here = possible(world, bob, &[&carla.member]).await;
    assert!(here.contains(&Kind::Edit) && here.contains(&Kind::Suspend) && !here.contains(&Kind::Reactivate));
    walk.step("Atualize os dados necessários, como função ou status.");
    let changed = world
        .set_roles(bob, &carla.member, &["admin"])
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap();
    assert!(role_names(&changed).contains(&"admin"));
    let off = done(suspend_members(world, bob, &[&carla.member]).await).remove(0);
    assert_eq!(
        (off.state(), off.has_seat),
        (ms::MemberState::Suspended, true),
        "there is a seat to come back to"
    );
    walk.step("Não é possível atualizar o nome e e-mail.");
    let whom = ms::UpdateMemberRequest {
        member_id: carla.member.clone(),
        ..Default::default()
    };
    for path in ["display_name", "email"] {
        let answer = world.unchanged(edit(world, bob, &[path], whom.clone())).await;
        assert_eq!(
            refused(answer, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(),
            ["update_mask.paths[0]"]
        );
    }
    walk.step("Clique em Save para confirmar as mudanças.");
    let saved = world.get(bob, &carla.member).await;
    assert_eq!(
        (saved.display_name.as_str(), saved.email.as_str()),
        ("Carla Dias", "carla@example.org")
    );
    assert_eq!(
        (saved.state(), role_names(&saved)[0]),
        (ms::MemberState::Suspended, "admin")
    );
    done(reactivate_members(world, bob, &[&carla.member]).await);
    world.set_roles(bob, &carla.member, &["member"]).await.unwrap();
    *carla = world.log_in(&carla.email).await;
}

pub async fn deleting(world: &World, walk: &mut Walk, cast: &Cast) {
    let Cast { ana, bob, .. } = cast;
    let gil = enter(world, bob, "gil@example.org", "Gil", &["member"]).await;
    walk.heading("Excluindo um Usuário");
    walk.heading("Se um usuário não for mais necessário na organização:");
    walk.step("Clique no ícone de lixeira ao lado do usuário que deseja remover.");
    assert!(possible(world, bob, &[&gil.member]).await.contains(&Kind::Remove));
    walk.step("Confirme a exclusão na mensagem exibida.");
    let refusal = world.unchanged(refused_removal(world, bob, &gil.member, "yes")).await;
    assert_eq!(refusal.fields(), ["removals[0].confirm"]);
    world.remove(bob, &gil.member, "gil@example.org").await;
    walk.step("Atenção: Essa ação é permanente e não pode ser desfeita.");
    assert!(is_out(world, &gil).await);
    refused(
        world.try_get(bob, &gil.member).await,
        Code::NotFound,
        "REASON_NOT_FOUND",
    );
    for results in [
        reactivate_members(world, ana, &[&gil.member]).await,
        invite_members(world, ana, &[&gil.member]).await,
    ] {
        assert_eq!(why(results[0].error.as_ref()).reason, "REASON_NOT_FOUND");
    }
    // Who comes again comes as somebody new; and, having an account, when invited.
    let again = add(world, bob, newcomer("gil@example.org", "Gil", &["member"])).await;
    assert_eq!(again.onboarding(), ms::OnboardingKind::Invitation);
    let again = member(again);
    assert_ne!(again.id, gil.member);
    world.remove(bob, &again.id, "gil@example.org").await;

    walk.step("Gerenciar usuários na Elven Platform é rápido e seguro, garantindo que sua organização tenha controle total sobre acessos e permissões.");
    let stranger = world.sign_up("zoe@example.net").await;
    refused(
        world.try_get(&stranger, &ana.member).await,
        Code::NotFound,
        "REASON_NOT_FOUND",
    );
    assert_eq!(list(world, &stranger).await.len(), 1);
}
