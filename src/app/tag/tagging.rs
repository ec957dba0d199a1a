//! Giving tags to members and taking them, for a selection at once.

use crate::app::Cx;
use crate::app::member::Done;
use crate::domain::member::Member;
use crate::domain::naming::TagRef;
use crate::domain::tag::MOST_TAGS_OF_A_MEMBER;
use crate::domain::{MemberId, TagId};
use crate::error::{Error, Exhausted};
use std::collections::HashMap;

/// Tags for members.
#[derive(Debug)]
pub struct Tagging {
    /// Whose, each once.
    pub members: Vec<MemberId>,
    /// To be given.
    pub add: Vec<TagRef>,
    /// To be taken.
    pub remove: Vec<TagRef>,
    /// All or none.
    pub atomic: bool,
}

/// Gives and takes tags. All members are judged first, then all is written together: the number of statements doesn't
/// grow with the number of members.
pub async fn tag_members(cx: &mut Cx<'_>, input: &Tagging) -> Result<Done, Error> {
    let organization = cx.home()?.id;
    let add = cx.tags_meant(organization, &input.add).await?;
    let remove = cx.tags_meant(organization, &input.remove).await?;
    if remove.iter().any(|tag| add.contains(tag)) {
        return Err(Error::field("remove_tag_ids", "names a tag that add_tag_ids names too"));
    }
    let found = cx.tx.members().list_by_id(organization, &input.members).await?;
    let found: HashMap<MemberId, Member> = found.into_iter().map(|member| (member.id, member)).collect();
    let (mut given, mut taken) = (vec![], vec![]);
    let mut outcome = Vec::with_capacity(input.members.len());
    let mut edits = vec![];
    for id in &input.members {
        match judge(found.get(id), *id, &add, &remove) {
            Ok((was, tags)) => {
                if tags != was.given.tags {
                    let new = tags.iter().filter(|tag| !was.given.tags.contains(tag));
                    given.extend(new.map(|tag| (*id, *tag)));
                    taken.push(*id);
                    let mut next = was.clone();
                    next.given.tags = tags;
                    edits.push((was.clone(), next));
                }
                outcome.push((*id, Ok(())));
            }
            Err(error) if input.atomic => return Err(error),
            Err(error) => outcome.push((*id, Err(error))),
        }
    }
    if !edits.is_empty() {
        cx.tx.tags().take(organization, &taken, &remove).await?;
        cx.tx.tags().give(organization, &given).await?;
    }
    cx.edited(organization, &edits).await?;
    cx.show_outcome(organization, outcome).await
}

/// The member, and the tags that they are to have.
fn judge<'m>(
    member: Option<&'m Member>,
    id: MemberId,
    add: &[TagId],
    remove: &[TagId],
) -> Result<(&'m Member, Vec<TagId>), Error> {
    let member = member.ok_or_else(|| Error::missing("member", id))?;
    let mut tags: Vec<TagId> = member
        .given
        .tags
        .iter()
        .filter(|tag| !remove.contains(tag))
        .copied()
        .collect();
    tags.extend(add);
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > MOST_TAGS_OF_A_MEMBER && tags.len() > member.given.tags.len() {
        let limit = MOST_TAGS_OF_A_MEMBER as u64;
        return Err(Exhausted::Limit { kind: "tag", limit }.into());
    }
    Ok((member, tags))
}
