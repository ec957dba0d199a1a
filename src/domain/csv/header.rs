//! The header: which column is which, in three languages, and what separates the cells.

use super::record::Tokenizer;
use super::{CsvError, Record};
use crate::domain::fold::fold;
use crate::domain::name::Locale;

/// A column that an import knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The address; the one column that has to be there.
    Email,
    /// What to call them.
    Name,
    /// Roles by name.
    Roles,
    /// Tags by name.
    Tags,
    /// Groups by name.
    Groups,
}

impl Column {
    /// All of them, in the order of an export.
    pub const ALL: [Column; 5] = [Column::Email, Column::Name, Column::Roles, Column::Tags, Column::Groups];

    /// Its name in a language, as an export writes it.
    #[must_use]
    pub const fn title(self, locale: Locale) -> &'static str {
        let [en, pt, es] = match self {
            Column::Email => ["E-mail", "E-mail", "Correo electrónico"],
            Column::Name => ["Name", "Nome", "Nombre"],
            Column::Roles => ["Roles", "Funções", "Roles"],
            Column::Tags => ["Tags", "Tags", "Etiquetas"],
            Column::Groups => ["Groups", "Grupos", "Grupos"],
        };
        match locale {
            Locale::En => en,
            Locale::PtBr => pt,
            Locale::Es => es,
        }
    }

    /// What people call it: folded, letters only.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Column::Email => &[
                "email",
                "emails",
                "mail",
                "emailaddress",
                "enderecodeemail",
                "enderecoeletronico",
                "correo",
                "correoelectronico",
                "correoeletronico",
                "direcciondecorreo",
                "direcciondecorreoelectronico",
                "direccionemail",
            ],
            Column::Name => &[
                "name",
                "fullname",
                "displayname",
                "membername",
                "nome",
                "nomecompleto",
                "nomedeexibicao",
                "nombre",
                "nombrecompleto",
                "nombreyapellidos",
            ],
            Column::Roles => &[
                "role",
                "roles",
                "roleids",
                "accessprofile",
                "accessprofiles",
                "profile",
                "profiles",
                "usertype",
                "funcao",
                "funcoes",
                "papel",
                "papeis",
                "perfil",
                "perfis",
                "perfildeacesso",
                "perfisdeacesso",
                "tipodeusuario",
                "rol",
                "perfiles",
                "perfildeacceso",
                "perfilesdeacceso",
            ],
            Column::Tags => &[
                "tag",
                "tags",
                "label",
                "labels",
                "marcador",
                "marcadores",
                "etiqueta",
                "etiquetas",
            ],
            Column::Groups => &[
                "group", "groups", "team", "teams", "grupo", "grupos", "equipe", "equipes", "equipo", "equipos",
            ],
        }
    }

    fn named(name: &str) -> Option<Column> {
        let letters: String = fold(name).chars().filter(|c| c.is_alphanumeric()).collect();
        Column::ALL
            .into_iter()
            .find(|column| column.names().contains(&letters.as_str()))
    }
}

/// The state's column, which only an export has.
#[must_use]
pub const fn state_title(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "State",
        Locale::PtBr | Locale::Es => "Estado",
    }
}

/// What separates cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    const ALL: [Delimiter; 3] = [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab];

    /// The character, as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Delimiter::Comma => ",",
            Delimiter::Semicolon => ";",
            Delimiter::Tab => "\t",
        }
    }

    pub(super) const fn byte(self) -> u8 {
        self.as_str().as_bytes()[0]
    }
}

impl From<Delimiter> for char {
    fn from(delimiter: Delimiter) -> char {
        char::from(delimiter.byte())
    }
}

/// The text is nothing that separates cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no separator: use a comma, a semicolon or a tab, or leave it out")]
pub struct DelimiterError;

impl std::str::FromStr for Delimiter {
    type Err = DelimiterError;

    fn from_str(text: &str) -> Result<Delimiter, DelimiterError> {
        let found = Delimiter::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(DelimiterError)
    }
}

/// Which column is which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What separates the cells.
    pub delimiter: Delimiter,
    /// All columns, as the file names them.
    pub names: Vec<String>,
    /// Those that an import doesn't know.
    pub ignored: Vec<String>,
    places: [Option<usize>; 5],
}

impl Header {
    /// The header of a file that begins with this text, which reaches at least to the header's end.
    ///
    /// # Errors
    /// There is no e-mail column, a column stands there twice, or there are too many.
    pub(super) fn find(text: &str, line: u64, wanted: Option<Delimiter>) -> Result<Header, CsvError> {
        let candidates = match &wanted {
            Some(one) => std::slice::from_ref(one),
            None => &Delimiter::ALL[..],
        };
        let (mut best, mut failed): (Option<(usize, Header, u64)>, Option<CsvError>) = (None, None);
        for delimiter in candidates {
            match first(text, line, *delimiter) {
                Ok(None) => return Err(CsvError::unreadable(line, "empty")),
                Ok(Some(record)) => {
                    let header = Header::of(&record, *delimiter);
                    let known = header.names.len() - header.ignored.len();
                    if best.as_ref().is_none_or(|(most, ..)| known > *most) {
                        best = Some((known, header, record.line));
                    }
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match (best, failed) {
            (Some((_, header, _)), Some(error)) if header.places[0].is_none() => Err(error),
            (None, Some(error)) => Err(error),
            (None, None) => Err(CsvError::unreadable(line, "empty")),
            (Some((_, header, line)), _) => header.checked(line),
        }
    }

    fn of(record: &Record, delimiter: Delimiter) -> Header {
        let names: Vec<String> = record.cells().map(|name| name.trim().to_owned()).collect();
        let mut places = [None; 5];
        for (place, name) in names.iter().enumerate() {
            if let Some(column) = Column::named(name) {
                places[column as usize].get_or_insert(place);
            }
        }
        let unknown = |name: &&String| !name.is_empty() && Column::named(name).is_none();
        let ignored = names.iter().filter(unknown).cloned().collect();
        Header {
            delimiter,
            ignored,
            places,
            names,
        }
    }

    fn checked(self, line: u64) -> Result<Header, CsvError> {
        let faulty = |problem, detail| CsvError::Unreadable { line, problem, detail };
        for column in Column::ALL {
            let same: Vec<&str> = self
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| Column::named(name) == Some(column))
                .collect();
            if same.len() > 1 {
                return Err(faulty("column_twice", shown(&same)));
            }
        }
        if self.places[Column::Email as usize].is_none() {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            return Err(faulty("no_email_column", shown(&names)));
        }
        Ok(self)
    }

    /// A row's cell of a column; none if the file has no such column, or the row ends before it.
    #[must_use]
    pub fn cell<'r>(&self, record: &'r Record, column: Column) -> Option<&'r str> {
        record.cell(self.places[column as usize]?)
    }

    /// What the file calls a column.
    #[must_use]
    pub fn name(&self, column: Column) -> &str {
        self.places[column as usize].map_or("", |place| &self.names[place])
    }
}

/// Some of the names, in a length that can be read.
fn shown(names: &[&str]) -> String {
    let short = |name: &&str| name.chars().take(40).collect::<String>();
    let mut some: Vec<String> = names.iter().take(20).map(short).collect();
    if names.len() > some.len() {
        some.push("…".to_owned());
    }
    some.join(", ")
}

fn first(text: &str, line: u64, delimiter: Delimiter) -> Result<Option<Record>, CsvError> {
    let (mut tokenizer, mut records) = (Tokenizer::new(delimiter.byte(), line), vec![]);
    for piece in text.split_inclusive(['\n', '\r']) {
        tokenizer.feed(piece, &mut records)?;
        if !records.is_empty() {
            return Ok(Some(records.swap_remove(0)));
        }
    }
    tokenizer.end(&mut records)?;
    Ok(records.pop())
}
