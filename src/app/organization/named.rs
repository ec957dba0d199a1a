//! How people name an organisation.

use crate::domain::{OrganizationId, Slug};

/// An organisation, as people name it.
#[derive(Debug, Clone, PartialEq)]
pub enum OrganizationRef {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(Slug),
}

impl std::str::FromStr for OrganizationRef {
    type Err = String;

    fn from_str(text: &str) -> Result<OrganizationRef, String> {
        if text.contains('_') {
            return text
                .parse()
                .map(OrganizationRef::Id)
                .map_err(|e: crate::domain::IdError| e.to_string());
        }
        text.parse()
            .map(OrganizationRef::Slug)
            .map_err(|e: crate::domain::name::NameError| e.to_string())
    }
}

impl std::fmt::Display for OrganizationRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OrganizationRef::Id(id) => id.fmt(f),
            OrganizationRef::Slug(slug) => f.write_str(slug.as_str()),
        }
    }
}
