//! Exporting members to a file, page by page. Whoever imports it gets the same members.
//!
//! The pages go by when members were added, which never changes: whoever is there from beginning to end stands in the file
//! once, whatever happens meanwhile. The caller's rights are looked at again for each page.

use super::Filter;
use crate::app::audit::Noted;
use crate::app::{App, Call, View};
use crate::clock::Time;
use crate::domain::csv::{Column, Delimiter, Writer, join_values, state_title};
use crate::domain::member::{Member, MemberOrder};
use crate::domain::{Direction, MemberId, Roles};
use crate::error::Error;
use crate::store::member::{After, Paging};
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// Members of a page.
const PAGE: u64 = 1_000;
/// Bytes that are sent together, but for one row over.
const PIECE: usize = 64 * 1024;

/// Members to be written.
#[derive(Debug)]
pub struct Export {
    /// Which.
    pub filter: Filter,
    /// What separates the cells.
    pub delimiter: Delimiter,
    /// Whether to begin with a byte order mark.
    pub byte_order_mark: bool,
}

/// The page after a member.
struct PageAfter<'e> {
    filter: &'e Filter,
    after: Option<(Time, MemberId)>,
}

/// A page of members.
struct Found {
    members: Vec<Member>,
    roles: Arc<Roles>,
    now: Time,
}

/// Writes the members.
pub async fn export(app: App, call: Call, input: Export, told: Sender<Vec<u8>>) -> Result<(), Error> {
    let mut file = Writer::new(input.delimiter, input.byte_order_mark);
    let titles = Column::ALL.map(|column| column.title(call.locale));
    file.row(titles.into_iter().chain([state_title(call.locale)]));
    let mut page = PageAfter {
        filter: &input.filter,
        after: None,
    };
    loop {
        if let Err(error) = app.still_may(&call).await {
            app.note(&call, Noted::default(), Some(&error)).await;
            return Err(error);
        }
        let found = app.read(&call, &page, page_after).await?;
        for member in &found.members {
            row(&mut file, &found, member);
            if file.len() >= PIECE {
                send(&told, &mut file).await?;
            }
        }
        let full = found.members.len() as u64 == PAGE;
        page.after = found.members.last().map(|member| (member.created_at, member.id));
        if !full {
            return send(&told, &mut file).await;
        }
    }
}

async fn send(told: &Sender<Vec<u8>>, file: &mut Writer) -> Result<(), Error> {
    told.send(file.take()).await.map_err(|_| Error::Deadline)
}

fn row(file: &mut Writer, found: &Found, member: &Member) {
    let roles = found.roles.names(&member.roles);
    let roles = roles.iter().map(String::as_str);
    let labels = &member.given.labels;
    let tags = labels.tags.iter().map(|tag| tag.name.as_str());
    let groups = labels.groups.iter().map(|(_, name)| name.as_str());
    file.row([
        member.email.as_str(),
        member.display_name.as_str(),
        &values(roles),
        &values(tags),
        &values(groups),
        member.state_at(found.now).as_str(),
    ]);
}

/// Names in the order of the alphabet, so that the same members make the same file.
fn values<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    join_values(names)
}

async fn page_after(view: &View<'_>, page: &PageAfter<'_>) -> Result<Found, Error> {
    let organization = view.call.organization()?;
    let members = match view.filter(organization, page.filter).await? {
        None => vec![],
        Some(filter) => {
            let paging = Paging {
                order: MemberOrder::Added,
                direction: Direction::Ascending,
                after: page.after.map(|(time, id)| (After::Time(time), id)),
                limit: PAGE,
            };
            let members = view.rows.members();
            members.list(organization, &filter, &paging, view.now).await?
        }
    };
    Ok(Found {
        members,
        roles: view.roles(organization).await?,
        now: view.now,
    })
}
