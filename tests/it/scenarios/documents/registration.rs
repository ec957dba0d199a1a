//! The last chapter: how somebody is registered, with profile and group.

use super::*;

pub async fn new_user_form(world: &World, walk: &mut Walk, cast: &Cast) {
    let ana = &cast.ana;
    walk.heading("Fluxo de Cadastro de Novo Usuário");
    walk.step("Clique em configurações e em seguida em adicionar.");
    assert!(possible(world, ana, &[]).await.contains(&Kind::Add));
    walk.step("Uma tela abrirá e você deverá preencher as informações obrigatórias: nome, e-mail e tipo de usuário.");
    // The page contradicts itself: where it says how to add a user, the name is optional. The preset leaves it open, and
    // keeps what both want: nobody is ever shown without a name, since the address stands in until there is one.
    for (email, name, roles, wrong) in [
        ("", "", &[][..], &["email", "role_ids"][..]),
        ("", "Gil", &["member"], &["email"]),
        ("gil@example.org", "Gil", &[], &["role_ids"]),
        ("gil@example.org", "Gil", &[""], &["role_ids[0]"]),
        ("gil@example.org", "\u{200b}", &["member"], &["display_name"]),
    ] {
        let answer = world.unchanged(world.try_add(ana, newcomer(email, name, roles))).await;
        assert_eq!(
            refused(answer, Code::InvalidArgument, "REASON_INPUT_INVALID").fields(),
            wrong
        );
    }
    for (name, shown) in [("", "gil@example.org"), ("Gil Prado", "Gil Prado")] {
        let dry = ms::AddMemberRequest {
            validate_only: true,
            ..newcomer("gil@example.org", name, &["member"])
        };
        assert_eq!(member(add(world, ana, dry).await).display_name, shown);
    }
    assert!(
        list(world, ana)
            .await
            .iter()
            .all(|member| !member.display_name.is_empty())
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
    let all = catalogue(world, ana).await;
    for (title, resources, most) in [
        ("Gestão de documentos e pastas", &["documents", "folders"][..], 4),
        ("Auditoria e contatos", &["audit", "contacts"], 3),
        ("Administração e conta", &["organization"], 4),
    ] {
        let mut titled = modules.iter().filter(|module| module.title == title);
        let (module, other) = (titled.next().unwrap(), titled.next());
        assert_eq!(other, None, "{title}");
        let of = |name: &&String| resources.iter().any(|of| name.split('.').next() == Some(*of));
        let holds: BTreeSet<&String> = module.permissions.iter().map(|p| &p.name).collect();
        assert_eq!(
            holds,
            all.iter().filter(of).collect(),
            "all about them, and nothing else"
        );
        assert_eq!(holds.len(), most, "{holds:?}");
    }
    assert_eq!(
        of_member(world, ana, &cast.duda.member).await,
        [
            ("Gestão de documentos e pastas", "documents.read"),
            ("Auditoria e contatos", "contacts.read"),
            ("Administração e conta", "organization.read")
        ]
        .map(|(title, permissions)| (title.to_owned(), permissions.to_owned())),
        "what an observer holds"
    );
    walk.step("e o usuário pode clicar no cabeçalho de cada grupo para visualizar a lista detalhada de permissões que compõem aquele perfil.");
    let detailed = |title: &str| -> Vec<&str> {
        let module = modules.iter().find(|module| module.title == title).unwrap();
        let held = module
            .permissions
            .iter()
            .filter(|p| chosen.permissions.contains(&p.name));
        held.map(|p| p.title.as_str()).collect()
    };
    assert_eq!(
        detailed("Gestão de documentos e pastas"),
        [
            "Ver os documentos",
            "Baixar documentos",
            "Criar, enviar e excluir documentos"
        ],
        "folders are switched on one by one"
    );
    assert_eq!(
        detailed("Auditoria e contatos"),
        [
            "Ler o registro de auditoria",
            "Ver os contatos",
            "Criar, alterar e excluir contatos"
        ]
    );
    assert_eq!(detailed("Administração e conta"), ["Ver a organização"]);
    assert!(
        chosen.permissions.iter().all(|p| all.contains(p)),
        "none is left without a module"
    );
}

/// What a member holds as a screen shows it: each module's title with the permissions under it.
async fn of_member(world: &World, by: &Person, member: &str) -> Vec<(String, String)> {
    let request = ms::GetMemberRequest {
        member_id: member.into(),
        include_permissions: true,
        ..Default::default()
    };
    let request = crate::support::calls::in_language(with(&by.token, request), "pt-BR");
    let answer = world.membership().get_member(request).await.unwrap().into_inner();
    let modules = answer.member.unwrap().permissions;
    modules
        .into_iter()
        .map(|module| (module.title, module.permissions.join(", ")))
        .collect()
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
    let next = member(add(world, ana, newcomer("hana@example.org", "", &["observer"])).await);
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
