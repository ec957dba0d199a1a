//! Records to rows: each cell as what its column holds, or what is wrong with it.

use super::RowFault;
use crate::app::App;
use crate::domain::csv::{Column, Header, Record, restore, split_values};
use crate::domain::email::EmailError;
use crate::domain::name::NameError;
use crate::domain::preset::RequiredField;
use crate::domain::{DisplayName, Email, Locale};
use crate::error::{Error, FileFault};
use std::collections::BTreeSet;

/// How much of a cell is shown with its fault.
const SHOWN: usize = 100;
const MOST_ROLES: usize = 20;
const MOST_LABELS: usize = 100;

/// What the file calls its columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Titles([String; 5]);

impl Titles {
    pub(super) fn of(header: Option<&Header>) -> Titles {
        Titles(Column::ALL.map(|column| header.map(|header| header.name(column).to_owned()).unwrap_or_default()))
    }

    pub(super) fn of_column(&self, column: Option<Column>) -> &str {
        column.map_or("", |column| &self.0[column as usize])
    }
}

/// Somebody, as a row of the file tells of them. What the file doesn't say is none.
#[derive(Debug)]
pub(super) struct Row {
    /// The line that it begins in.
    pub(super) line: u64,
    /// Who.
    pub(super) email: Email,
    /// What to call them.
    pub(super) name: Option<DisplayName>,
    /// Roles by name; an empty cell says nothing, since nobody is without a role.
    pub(super) roles: Option<Vec<String>>,
    /// Tags by name.
    pub(super) tags: Option<Vec<String>>,
    /// Groups by name.
    pub(super) groups: Option<Vec<String>>,
}

/// What is wrong with a row, before it is said in words.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: u64,
    /// About which column; none: the whole row.
    pub(super) column: Option<Column>,
    /// The cell, or the value in it.
    pub(super) value: Box<str>,
    /// Whom the row is about: the member's id, or the address of somebody who isn't on the list. Empty before that is known.
    pub(super) who: Box<str>,
    pub(super) error: Box<Error>,
}

impl Fault {
    pub(super) fn of(line: u64, column: Option<Column>, value: &str, error: impl Into<Error>) -> Fault {
        Fault {
            line,
            column,
            value: value.into(),
            who: "".into(),
            error: Box::new(error.into()),
        }
    }

    /// Of a row about somebody new that lacks what the preset requires; none if it lacks nothing. A row has one fault, so
    /// this one names all that is missing.
    pub(super) fn missing(line: u64, missing: &BTreeSet<RequiredField>) -> Option<Fault> {
        let lacks = |field| missing.contains(&field);
        let (column, problem) = match (lacks(RequiredField::DisplayName), lacks(RequiredField::Role)) {
            (false, false) => return None,
            (true, false) => (Some(Column::Name), "name_missing"),
            (false, true) => (Some(Column::Roles), "roles_missing"),
            (true, true) => (None, "name_and_roles_missing"),
        };
        Some(Fault::of(line, column, "", FileFault::Cell { problem }))
    }
}

impl Fault {
    /// The fault in words, with the column as the file calls it.
    pub(super) fn said(&self, app: &App, locale: Locale, titles: &Titles) -> RowFault {
        RowFault {
            line: self.line,
            column: titles.of_column(self.column).to_owned(),
            value: self.value.chars().take(SHOWN).collect(),
            reason: self.error.reason().to_owned(),
            message: app.say(locale, &self.error),
        }
    }
}

impl Row {
    /// Bytes that it takes up in memory, about: a value of one letter takes fifty times what it took in the file.
    pub(super) fn size(&self) -> usize {
        let text = |text: &str| size_of::<String>() + text.len().max(16);
        let lists = [&self.roles, &self.tags, &self.groups].into_iter().flatten();
        let values: usize = lists.flatten().map(|value| text(value)).sum();
        let name = self.name.as_ref().map_or(0, |name| text(name.as_str()));
        size_of::<Row>() + text(self.email.as_str()) + text(self.email.key()) + name + values
    }

    /// Reads a record.
    pub(super) fn read(header: &Header, record: &Record) -> Result<Row, Fault> {
        let fault = |column, value: &str, problem| Fault::of(record.line, column, value, FileFault::Cell { problem });
        let beyond = record
            .cells()
            .skip(header.names.len())
            .find(|cell| !cell.trim().is_empty());
        if let Some(cell) = beyond {
            return Err(fault(None, cell, "too_many_cells"));
        }
        let cell = |column| header.cell(record, column).map(|cell| restore(cell.trim()));
        let email = cell(Column::Email).unwrap_or_default();
        let email = email
            .trim()
            .parse()
            .map_err(|e| fault(Some(Column::Email), &email, email_problem(e)))?;
        let name = match cell(Column::Name).as_deref().map(str::trim) {
            None | Some("") => None,
            Some(name) => Some(
                name.parse()
                    .map_err(|e| fault(Some(Column::Name), name, name_problem(e)))?,
            ),
        };
        let values = |column, most| match cell(column) {
            None => Ok(None),
            Some(cell) => match split_values(&cell, most) {
                values if values.len() > most => Err(fault(Some(column), &cell, "too_many_values")),
                values => Ok(Some(values)),
            },
        };
        Ok(Row {
            line: record.line,
            email,
            name,
            roles: values(Column::Roles, MOST_ROLES)?.filter(|roles| !roles.is_empty()),
            tags: values(Column::Tags, MOST_LABELS)?,
            groups: values(Column::Groups, MOST_LABELS)?,
        })
    }
}

fn email_problem(error: EmailError) -> &'static str {
    match error {
        EmailError::Empty => "email_missing",
        EmailError::TooLong => "email_too_long",
        EmailError::Several => "email_several",
        EmailError::NoAt => "email_no_at",
        EmailError::Local => "email_local",
        EmailError::Domain => "email_domain",
        EmailError::LookAlike => "email_look_alike",
    }
}

fn name_problem(error: NameError) -> &'static str {
    match error {
        NameError::TooLong => "name_too_long",
        NameError::NotPlain => "name_not_plain",
        _ => "name_empty",
    }
}
