//! The last chapter: what the words mean.

use super::*;

pub async fn glossary(world: &World, walk: &mut Walk, cast: &mut Cast) {
    let Cast { ana, bob, carla } = cast;
    walk.heading("Glossário de Termos Técnicos");
    walk.step("Admin: Usuário com permissões administrativas para gerenciar a equipe. Pode adicionar/remover usuários, alterar funções, configurar");
    assert!(may(world, bob, &MEMBERS).await && may(world, bob, &["notifications.manage", "integrations.manage"]).await);
    walk.step("Não pode excluir ou atualizar configurações diretamente relacionadas à Organização.");
    assert!(may_not(world, bob, &ORGANIZATION).await);
    walk.step("Role: Função ou papel atribuído ao usuário na plataforma, que define seu nível de acesso e permissões (ex.: Member, Admin ou Owner).");
    for (member, role) in [
        (&carla.member, "member"),
        (&bob.member, "admin"),
        (&ana.member, "owner"),
    ] {
        let role = roles(world, ana, "en")
            .await
            .into_iter()
            .find(|r| r.name == role)
            .unwrap();
        assert_eq!(rights(world, ana, member).await, role.permissions.into_iter().collect());
    }
    walk.step("Member: Função padrão atribuída aos novos usuários.");
    // A form has to name a role, and begins with this one.
    let default = proposed(world, bob).await;
    let hugo = enter(world, bob, "hugo@example.org", "Hugo", &[&default.id]).await;
    assert_eq!(role_names(&world.get(bob, &hugo.member).await), ["member"]);
    walk.step("Tem permissões limitadas, podendo colaborar com o time e interagir nas atividades da organização, sem acesso a configurações administrativas.");
    assert_eq!(
        allowed(
            world,
            &hugo,
            &["activities.join", "members.add", "organization.update", "roles.manage"]
        )
        .await,
        ["activities.join"]
    );

    walk.step(
        "Owner: Usuário com o nível mais alto de permissões na organização. Pode gerenciar configurações gerais,",
    );
    assert!(
        rights(world, ana, &ana.member)
            .await
            .is_superset(&rights(world, ana, &bob.member).await)
    );
    rename(world, ana, "Operações Lima").await.unwrap();
    walk.step("adicionar ou remover usuários, e é o único com permissão para excluir ou atualizar uma Organização.");
    world.remove(ana, &hugo.member, &hugo.email).await;
    assert_eq!(
        explain(world, ana, &bob.member, "organization.delete")
            .await
            .roles_that_grant,
        ["owner"]
    );
    walk.step("Status: Indicador da situação atual do usuário na organização (ex.: Ativo ou Inativo).");
    let of = async |states: ms::MemberState| {
        let request = ms::ListMembersRequest {
            states: vec![states.into()],
            ..Default::default()
        };
        world
            .list(bob, request)
            .await
            .members
            .into_iter()
            .map(|m| m.email)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(ms::MemberState::Suspended).await, [""; 0]);
    assert_eq!(of(ms::MemberState::Active).await.len(), 4);
    walk.step("Active: Status de um usuário que está ativo na organização, ou seja, com acesso permitido e funcionalidades disponíveis.");
    assert!(may(world, carla, &["organization.read", "activities.join"]).await);
    walk.step("Inactive: Status de um usuário que foi desativado e não pode mais acessar a organização ou participar de atividades.");
    done(suspend_members(world, bob, &[&carla.member]).await);
    assert_eq!(of(ms::MemberState::Suspended).await, ["carla@example.org"]);
    assert!(is_out(world, carla).await);
    let answer = try_log_in(world, &carla.email, PASSWORD).await.unwrap().into_inner();
    let Some(id::log_in_response::Outcome::Tokens(tokens)) = answer.outcome else {
        panic!("{answer:?}")
    };
    assert_eq!(tokens.organization_id, "", "her account gets her nowhere near it");
    let why = explain(world, bob, &carla.member, "activities.join").await;
    assert_eq!(
        (why.allowed, why.cause()),
        (false, roster::pb::roster::access::v1::AccessCause::State)
    );
    done(reactivate_members(world, bob, &[&carla.member]).await);

    walk.step("Search Bar: Barra de pesquisa localizada no topo da página de gerenciamento de usuários, usada para localizar rapidamente um usuário pelo nome ou e-mail.");
    assert_eq!(search(world, bob, "dias").await, ["carla@example.org"]);
    assert_eq!(search(world, bob, "ana@example.org").await, ["ana@example.org"]);
}
