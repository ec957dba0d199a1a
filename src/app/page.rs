//! Page tokens: where the last page ended, sealed and bound to the query, the method and the organisation, so that a
//! token can neither be read, altered, nor used anywhere else.

use super::Call;
use crate::auth::opaque::SecretKind;
use crate::domain::page::PageSize;
use crate::error::Error;
use crate::seal::{Purpose, Sealer};
use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, de::DeserializeOwned};

/// What every list takes.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// How many.
    pub size: PageSize,
    /// Where the page before ended; empty for the first.
    pub token: String,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where it ended; empty on the last.
    pub next: String,
}

/// Makes and reads the tokens of one query.
pub struct Pager<'a> {
    sealer: &'a Sealer,
    bound: Vec<u8>,
}

impl<'a> Pager<'a> {
    /// For a query of this call. `query` is everything that decides what is on the pages, but the size.
    pub fn new(sealer: &'a Sealer, call: &Call, query: &impl Serialize) -> Result<Pager<'a>, Error> {
        let who = call
            .caller
            .as_ref()
            .map(|c| (c.user, c.place().map(|p| p.organization)));
        let bound = serde_json::to_vec(&(call.rule.path, who, query)).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Pager { sealer, bound })
    }

    /// Where the page before ended.
    pub fn after<K: DeserializeOwned>(&self, token: &str) -> Result<Option<K>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let wrong = || {
            Error::field(
                "page_token",
                "is not the next_page_token of this very query; begin again without a page_token",
            )
        };
        let sealed = token
            .strip_prefix(SecretKind::Page.prefix())
            .and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        let plain = self
            .sealer
            .open(Purpose::PageTokens, &self.bound, &sealed.ok_or_else(wrong)?);
        serde_json::from_slice(&plain.ok_or_else(wrong)?)
            .map(Some)
            .map_err(|_| wrong())
    }

    /// A page of what was fetched, which is one more than asked for if there is another page.
    pub fn page<T, K: Serialize>(
        &self,
        mut items: Vec<T>,
        size: PageSize,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, Error> {
        let more = items.len() > size.rows();
        items.truncate(size.rows());
        let next = match items.last() {
            Some(last) if more => {
                let plain = serde_json::to_vec(&key(last)).map_err(|e| Error::Internal(e.to_string()))?;
                let sealed = self.sealer.seal(Purpose::PageTokens, &self.bound, &plain);
                format!("{}{}", SecretKind::Page.prefix(), BASE64URL_NOPAD.encode(&sealed))
            }
            _ => String::new(),
        };
        Ok(Page { items, next })
    }

    /// A page of a list that is in memory anyway, by a key that each item has for itself: whatever came or went since the
    /// page before, nothing is shown twice or left out.
    pub fn slice<T, K: Ord + Serialize + DeserializeOwned>(
        &self,
        all: Vec<T>,
        request: &PageRequest,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, Error> {
        let after: Option<K> = self.after(&request.token)?;
        let left = all.into_iter();
        let mut left: Vec<T> = left
            .filter(|one| after.as_ref().is_none_or(|after| key(one) > *after))
            .collect();
        left.sort_by_cached_key(&key);
        self.page(left, request.size, key)
    }
}
