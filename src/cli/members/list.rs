//! `roster members list`: the members as a table.

use super::ListArgs;
use super::client::refusal;
use super::table::table;
use crate::pb::roster::membership::v1 as pb;

/// Members of one page.
const PAGE: usize = 500;

pub(super) async fn list(args: ListArgs) -> Result<(), String> {
    let mut client = args.server.connect().await?;
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let (mut rows, mut token) = (vec![], String::new());
    let mut more = true;
    while more && rows.len() < limit {
        let size = PAGE.min(limit - rows.len());
        let request = pb::ListMembersRequest {
            organization_id: args.server.organization.clone(),
            page_size: i32::try_from(size).unwrap_or(i32::MAX),
            page_token: std::mem::take(&mut token),
            query: args.filter.query.clone(),
            states: args.filter.states(),
            role_ids: args.filter.role.clone(),
            ..Default::default()
        };
        let answer = client.list_members(request).await.map_err(|status| refusal(&status))?;
        let answer = answer.into_inner();
        rows.extend(answer.members.iter().map(row));
        token = answer.next_page_token;
        more = !token.is_empty();
    }
    let head = ["NAME", "E-MAIL", "STATE", "NEXT", "ROLES", "LAST LOG-IN"];
    let mut text = table(head, [40, 60, 9, 10, 60, 16], &rows);
    if more {
        text.push_str(&format!("… the first {}; --limit 0 shows all\n", rows.len()));
    }
    match super::super::answer(text.as_bytes()) == std::process::ExitCode::SUCCESS {
        true => Ok(()),
        false => Err("the table can't be written".into()),
    }
}

fn row(member: &pb::Member) -> [String; 6] {
    let word = |name: &str, prefix: &str| name.trim_start_matches(prefix).to_lowercase().replace('_', "-");
    let roles: Vec<&str> = member.roles.iter().map(|role| role.name.as_str()).collect();
    let last = member.last_sign_in_time.and_then(|time| {
        let time = chrono::DateTime::from_timestamp(time.seconds, 0)?;
        Some(time.format("%Y-%m-%d %H:%M").to_string())
    });
    [
        member.display_name.clone(),
        member.email.clone(),
        word(member.state().as_str_name(), "MEMBER_STATE_"),
        word(member.guide().as_str_name(), "GUIDE_"),
        roles.join(", "),
        last.unwrap_or_else(|| "-".to_owned()),
    ]
}
