//! The last chapter: how somebody is registered, with profile and group.

use super::*;

pub async fn new_user_form(world: &World, walk: &mut Walk, cast: &Cast) {
    let ana = &cast.ana;
    walk.heading("Fluxo de Cadastro de Novo Usuário");
    walk.step("Clique em configurações e em seguida em adicionar.");
    assert!(possible(world, ana, &[]).await.contains(&Kind::Add));
    walk.step("Uma tela abrirá e você deverá preencher as informações obrigatórias: nome, e-mail e tipo de usuário.");
    let blank = world.try_add(ana, newcomer("", "", &[""])).await;
    let fields = refused(blank, Code::InvalidArgument, "REASON_INPUT_INVALID").fields();
    assert!(
        fields.contains(&"email".to_owned()) && fields.contains(&"role_ids[0]".to_owned()),
        "{fields:?}"
    );
    let unknown = world
        .try_add(ana, newcomer("gil@example.org", "Gil", &["superuser"]))
        .await;
    refused(unknown, Code::NotFound, "REASON_NOT_FOUND");
}

pub async fn profile(world: &World, walk: &mut Walk, cast: &Cast) {
    let ana = &cast.ana;
    walk.step("Ao selecionar um Perfil de Acesso para o novo usuário (por exemplo, Membro), a seção de Permissões é carregada automaticamente.");
    let request = ac::GetRoleRequest {
        role_id: "member".into(),
        ..Default::default()
    };
    let request = crate::support::calls::in_language(with(&ana.token, request), "pt-BR");
    let chosen = world
        .access()
        .get_role(request)
        .await
        .unwrap()
        .into_inner()
        .role
        .unwrap();
    assert_eq!(chosen.display_name, "Membro");
    assert!(chosen.permissions.contains(&"documents.manage".to_owned()));
    walk.step("As permissões exibidas são herdadas desse perfil pré-definido, por isso aparecem apenas para leitura.");
    assert!(chosen.system);
    let dry = ms::AddMemberRequest {
        validate_only: true,
        ..newcomer("gil@example.org", "Gil", &["member"])
    };
    assert_eq!(
        role_names(&member(add(world, ana, dry).await)),
        ["member"],
        "nothing but the profile is given"
    );
    let change = ac::UpdateRoleRequest {
        role_id: chosen.id.clone(),
        permissions: vec!["documents.read".into()],
        ..Default::default()
    };
    let changed = world.access().update_role(with(&ana.token, change)).await;
    refused(changed, Code::FailedPrecondition, "REASON_SYSTEM_ROLE");

    walk.step("Elas são organizadas por módulos, como \"Gestão de documentos e pastas\", \"Auditoria e contatos\" e \"Administração e conta\"");
    let modules = modules(world, ana, "pt-BR").await;
    let titles: Vec<&str> = modules.iter().map(|module| module.title.as_str()).collect();
    for title in [
        "Documentos",
        "Pastas",
        "Registro de auditoria",
        "Contatos",
        "Administração e conta",
    ] {
        assert!(titles.contains(&title), "{titles:?}");
    }
    walk.step("e o usuário pode clicar no cabeçalho de cada grupo para visualizar a lista detalhada de permissões que compõem aquele perfil.");
    let documents = modules.iter().find(|module| module.name == "documents").unwrap();
    let detailed: Vec<&str> = documents
        .permissions
        .iter()
        .filter(|permission| chosen.permissions.contains(&permission.name))
        .map(|permission| permission.title.as_str())
        .collect();
    assert_eq!(
        detailed,
        [
            "Ver os documentos",
            "Baixar documentos",
            "Criar, enviar e excluir documentos"
        ]
    );
    let all: BTreeSet<&String> = modules.iter().flat_map(|m| &m.permissions).map(|p| &p.name).collect();
    assert!(
        chosen.permissions.iter().all(|p| all.contains(p)),
        "none is left without a module"
    );
}

pub async fn groups_and_after(world: &World, walk: &mut Walk, cast: &Cast) {
    let ana = &cast.ana;
    walk.step("Ao clicar no campo de seleção \"Grupo\", um menu é exibido com todas as opções de grupos cadastrados no sistema.");
    for (name, roles) in [("Jurídico", vec!["member".to_owned()]), ("Comercial", vec![])] {
        let group = ms::CreateGroupRequest {
            name: name.into(),
            role_ids: roles,
            ..Default::default()
        };
        world.membership().create_group(with(&ana.token, group)).await.unwrap();
    }
    let menu = world
        .membership()
        .list_groups(with(&ana.token, Default::default()))
        .await
        .unwrap()
        .into_inner()
        .groups;
    assert_eq!(
        menu.iter().map(|g| g.name.as_str()).collect::<Vec<_>>(),
        ["Comercial", "Jurídico"]
    );
    let chosen = menu[1].id.clone();
    let request = ms::AddMemberRequest {
        group_ids: vec![chosen.clone()],
        ..newcomer("gil@example.org", "Gil Prado", &["observer"])
    };
    let saved = member(add(world, ana, request).await);
    assert_eq!((saved.groups.len(), saved.groups[0].name.as_str()), (1, "Jurídico"));
    let from: Vec<_> = saved.roles.iter().map(|r| (r.name.as_str(), r.source())).collect();
    assert_eq!(
        from,
        [("observer", ms::RoleSource::Direct), ("member", ms::RoleSource::Group)]
    );

    walk.step("Após salvar o novo usuário com sucesso, o sistema exibe uma tela com duas ações:");
    // All that such a screen needs came with the answer.
    assert_eq!(
        (saved.display_name.as_str(), saved.email.as_str(), saved.state()),
        ("Gil Prado", "gil@example.org", State::Invited)
    );
    assert_eq!(world.get(ana, &saved.id).await, saved);
    walk.step("\"Adicionar novo usuário\": o que direciona o usuário para uma nova tela de \"Cadastro de Novo Usuário\", com todos os campos limpos.");
    let next = member(add(world, ana, newcomer("hana@example.org", "", &[])).await);
    assert_eq!(
        (role_names(&next), next.groups.len(), next.grants.len(), next.tags.len()),
        (vec!["observer"], 0, 0, 0),
        "nothing of the last one"
    );
    walk.step("\"Voltar para Usuários\": Direciona o usuário de volta para a tela de \"Listagem de Usuários\".");
    let shown = list(world, ana).await;
    assert_eq!(
        shown.iter().filter(|m| m.id == saved.id || m.id == next.id).count(),
        2,
        "both are there at once"
    );
    let request = ms::ListMembersRequest {
        group_ids: vec![chosen],
        ..Default::default()
    };
    assert_eq!(world.list(ana, request).await.members[0].id, saved.id);
}
