//! What must be true of the database after every step, recounted from its rows and not through the server.

use super::dump::Sql;
use super::world::World;
use roster::clock::Clock;
use sea_orm::Value;

const HELD: &str = "SELECT count(*) FROM members m JOIN member_roles r ON r.organization_id = m.organization_id \
     AND r.member_id = m.id LEFT JOIN users u ON u.id = m.user_id \
     WHERE m.organization_id = o.id AND m.state <> 7 AND r.role_id = $1";

/// Rows that break a rule, by rule. Each query counts them, so each must give nothing. `$1` is the present: what ran out by
/// the clock isn't ended besides.
const BROKEN: [(&str, &str); 13] = [
    (
        "I2: the counted active members are the active members",
        "SELECT count(*) FROM organizations o WHERE o.active_members <> \
         (SELECT count(*) FROM members m WHERE m.organization_id = o.id AND m.state = 4)",
    ),
    (
        "I2: an open invitation is that of an invited member, with the same end",
        "SELECT count(*) FROM invitations i WHERE i.state = 1 AND NOT EXISTS (SELECT 1 FROM members m WHERE \
         m.organization_id = i.organization_id AND m.id = i.member_id AND m.state = 2 \
         AND m.invitation_expires_at = i.expires_at)",
    ),
    (
        "I2: an invited member has one open invitation",
        "SELECT count(*) FROM members m WHERE m.state = 2 AND (SELECT count(*) FROM invitations i WHERE \
         i.organization_id = m.organization_id AND i.member_id = m.id AND i.state = 1) <> 1",
    ),
    (
        "I3: one membership for each person",
        "SELECT count(*) FROM (SELECT 1 FROM members WHERE state <> 7 AND user_id IS NOT NULL \
         GROUP BY organization_id, user_id HAVING count(*) > 1) twice",
    ),
    (
        "I3: one membership for each address",
        "SELECT count(*) FROM (SELECT 1 FROM members WHERE state <> 7 \
         GROUP BY organization_id, email_key HAVING count(*) > 1) twice",
    ),
    (
        "I3: one live invitation for each address",
        "SELECT count(*) FROM (SELECT 1 FROM invitations WHERE state = 1 \
         GROUP BY organization_id, email_key HAVING count(*) > 1) twice",
    ),
    (
        "I3: an invitation is accepted once at most",
        "SELECT count(*) FROM (SELECT 1 FROM changes WHERE kind = 'invitation_accepted' \
         GROUP BY subject HAVING count(*) > 1) twice",
    ),
    (
        "I9: no live session of a membership without access",
        "SELECT count(*) FROM sessions s WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.member_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM members m WHERE m.organization_id = s.organization_id AND m.id = s.member_id AND m.state = 4)",
    ),
    (
        "I10: an invitation's inviter is of the same organisation",
        "SELECT count(*) FROM invitations i WHERE NOT EXISTS (SELECT 1 FROM members m WHERE \
         m.organization_id = i.organization_id AND m.id = i.invited_by)",
    ),
    (
        "I10: a member has a role",
        "SELECT count(*) FROM members m WHERE m.state <> 7 AND NOT EXISTS (SELECT 1 FROM member_roles r WHERE \
         r.organization_id = m.organization_id AND r.member_id = m.id)",
    ),
    (
        "R6: nothing that was given stays with a removed member",
        "SELECT count(*) FROM members m WHERE m.state = 7 AND (\
         EXISTS (SELECT 1 FROM member_roles r WHERE r.organization_id = m.organization_id AND r.member_id = m.id) OR \
         EXISTS (SELECT 1 FROM group_members r WHERE r.organization_id = m.organization_id AND r.member_id = m.id) OR \
         EXISTS (SELECT 1 FROM member_tags r WHERE r.organization_id = m.organization_id AND r.member_id = m.id) OR \
         EXISTS (SELECT 1 FROM grants r WHERE r.organization_id = m.organization_id AND r.member_id = m.id) OR \
         EXISTS (SELECT 1 FROM bindings r WHERE r.organization_id = m.organization_id AND r.member_id = m.id))",
    ),
    (
        "I6: whoever is or was in has joined, and the log says so; who comes back joins again",
        "SELECT abs((SELECT count(DISTINCT subject) FROM changes WHERE kind = 'member_joined') - \
         (SELECT count(*) FROM members WHERE user_id IS NOT NULL))",
    ),
    (
        "I11: one account for each address",
        "SELECT count(*) FROM (SELECT 1 FROM users GROUP BY lower(email) HAVING count(*) > 1) twice",
    ),
];

/// What the change log tells must be what the rows show: as many of each kind.
const LOGGED: [(&str, &str); 6] = [
    ("organization_created", "SELECT count(*) FROM organizations"),
    (
        "member_removed",
        "SELECT count(*) - (SELECT count(*) FROM changes WHERE kind = 'member_left') FROM members WHERE state = 7",
    ),
    ("invitation_sent", "SELECT count(*) FROM invitations"),
    (
        "invitation_accepted",
        "SELECT count(*) FROM invitations WHERE state = 2",
    ),
    (
        "invitation_declined",
        "SELECT count(*) FROM invitations WHERE state = 3",
    ),
    // The founders are not added by anybody.
    (
        "member_added",
        "SELECT (SELECT count(*) FROM members) - (SELECT count(*) FROM organizations)",
    ),
];

/// What concerns the rows alone, over a connection that is open already: for tests that look after every step. One
/// statement tells whether anything is wrong; only then is it asked what.
pub async fn each(world: &World, sql: &Sql) {
    let parts: Vec<String> = BROKEN.iter().map(|(_, query)| format!("({query})")).collect();
    let wrong = format!("SELECT {}", parts.join(" + "));
    if sql.number(&wrong, [world.clock.now().into()]).await != 0 {
        check_over(world, sql).await;
    }
}

/// Recounts I1, I2, I3, I6, I9, I10 and I11.
pub async fn check(world: &World) {
    let sql = Sql::open(world).await;
    check_over(world, &sql).await;
    sql.close().await;
}

/// The same, over a connection that is open already.
pub async fn check_over(world: &World, sql: &Sql) {
    let over = "SELECT count(*) FROM organizations o WHERE o.seat_limit IS NOT NULL AND o.seat_limit < \
         o.active_members + (SELECT count(*) FROM invitations i WHERE i.organization_id = o.id AND i.state = 1 \
         AND i.expires_at > $1)";
    assert_eq!(
        sql.number(over, [world.clock.now().into()]).await,
        0,
        "I2: more seats in use than bought"
    );
    but_seats(world, sql).await;
}

/// All but the number of seats, which may be in use when they are taken away.
pub async fn but_seats(world: &World, sql: &Sql) {
    let owner: Value = world.app.preset.owner_role().id.uuid().into();
    let able = format!("{HELD} AND m.state = 4 AND u.disabled_at IS NULL");
    let most = world.app.preset.owners;
    // One owner is there and can act. Of several, one at least can.
    let one = [
        format!("SELECT count(*) FROM organizations o WHERE ({HELD}) NOT BETWEEN 1 AND {most}"),
        format!("SELECT count(*) FROM organizations o WHERE ({able}) NOT BETWEEN 1 AND {most}"),
    ];
    for query in one {
        let wrong = sql.number(&query, [owner.clone()]).await;
        assert_eq!(wrong, 0, "I1: organisations without exactly one active owner");
    }
    let loose = "SELECT count(*) FROM invitations i WHERE i.state = 1 AND i.expires_at > $1 AND NOT EXISTS (SELECT 1 \
         FROM members m WHERE m.organization_id = i.organization_id AND m.id = i.invited_by AND m.state = 4)";
    assert_eq!(
        sql.number(loose, [world.clock.now().into()]).await,
        0,
        "I9: an open invitation rests on somebody who has access"
    );
    for (rule, query) in BROKEN {
        let now: Option<Value> = query.contains("$1").then(|| world.clock.now().into());
        assert_eq!(sql.number(query, now).await, 0, "{rule}");
    }
    for (kind, rows) in LOGGED {
        let logged = sql
            .number("SELECT count(*) FROM changes WHERE kind = $1", [kind.into()])
            .await;
        assert_eq!(
            logged,
            sql.number(rows, []).await,
            "I6: {kind} in the log, and the rows that tell of it"
        );
    }
}

/// How many rows of a kind are in the change log.
pub async fn logged(world: &World, kind: &str) -> i64 {
    let sql = Sql::open(world).await;
    let count = sql
        .number("SELECT count(*) FROM changes WHERE kind = $1", [kind.into()])
        .await;
    sql.close().await;
    count
}
