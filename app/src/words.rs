//! Every sentence of the page, in each of its languages.

mod chinese;
mod english;

use leptos::prelude::*;
use protocol::{
    EventKind, Problem, SourceState,
    query::{Expected, Fault},
    window::{Row, RowKind, Tally},
};

use crate::model::format;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The first language of an `Accept-Language` header, or of a cookie's
    /// value, that the page has.
    pub fn accepted(header: &str) -> Self {
        let first = header
            .split(',')
            .map(|tag| tag.trim().to_ascii_lowercase())
            .find_map(|tag| match tag.split(['-', ';']).next() {
                Some("zh") => Some(Self::Chinese),
                Some("en") => Some(Self::English),
                _ => None,
            });
        first.unwrap_or_default()
    }

    /// The tag for `lang` and cookies.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The other language, and its own name for itself.
    pub fn other(self) -> (Self, &'static str) {
        match self {
            Self::English => (Self::Chinese, "中文"),
            Self::Chinese => (Self::English, "English"),
        }
    }

    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &english::WORDS,
            Self::Chinese => &chinese::WORDS,
        }
    }
}

/// The words of one language. `{}` stands for what is put in.
#[expect(missing_docs, reason = "each field is named for its English sentence")]
pub struct Words {
    pub language: Language,
    pub sources: &'static str,
    pub ungrouped: &'static str,
    pub find_source: &'static str,
    pub filter: &'static str,
    pub filter_hint: &'static str,
    pub regex: &'static str,
    pub clear: &'static str,
    pub go_to: &'static str,
    pub go_to_hint: &'static str,
    pub go_to_wrong: &'static str,
    pub theme: &'static str,
    pub wrap: &'static str,
    pub keys: &'static str,
    pub close: &'static str,
    pub download: &'static str,
    pub log: &'static str,
    pub position: &'static str,
    pub following: &'static str,
    pub paused: &'static str,
    pub paused_new: &'static str,
    pub follow: &'static str,
    pub new_lines: &'static str,
    pub new_matches: &'static str,
    pub line: &'static str,
    pub lines: &'static str,
    pub matches_of: &'static str,
    pub searching: &'static str,
    pub behind: &'static str,
    pub connecting: &'static str,
    pub lost: &'static str,
    pub restarting: &'static str,
    pub missing: &'static str,
    pub unreadable: &'static str,
    pub binary: &'static str,
    pub stale: &'static str,
    pub ended: &'static str,
    pub no_sources: &'static str,
    pub no_sources_hint: &'static str,
    pub empty_log: &'static str,
    pub no_matches: &'static str,
    pub no_matches_yet: &'static str,
    pub unknown_source: &'static str,
    pub show_whole: &'static str,
    pub still_omitted: &'static str,
    pub copy: &'static str,
    pub without_script: &'static str,
    pub at_position: &'static str,
    pub rotated: &'static str,
    pub truncated: &'static str,
    pub rewritten: &'static str,
    pub replaced: &'static str,
    pub appeared: &'static str,
    pub removed: &'static str,
    pub now_unreadable: &'static str,
    pub readable: &'static str,
    pub now_binary: &'static str,
    pub polling: &'static str,
    pub gap: &'static str,
    pub gap_unknown: &'static str,
    pub add_source: &'static str,
    pub select_hint: &'static str,
    pub open_to_all: &'static str,
    pub expected: fn(Expected) -> String,
    pub key_help: &'static [(&'static str, &'static str)],
}

impl Words {
    /// Provides the words of `language` as context.
    pub fn provide(language: Language) -> &'static Self {
        let words = language.words();
        provide_context(words);
        words
    }

    /// The words of the page around the caller.
    pub fn of_page() -> &'static Self {
        expect_context()
    }

    /// What a row that is not a line says.
    pub fn mark(&self, row: &Row) -> String {
        let sentence = match row.kind {
            RowKind::Line => return row.text.clone(),
            RowKind::Gap if row.omitted == 0 => self.gap_unknown.to_owned(),
            RowKind::Gap => self.gap.replace("{}", &format::bytes(row.omitted)),
            RowKind::Event(kind) => self.event(kind).to_owned(),
        };
        if row.text.is_empty() {
            sentence
        } else {
            format!("{sentence} · {}", row.text)
        }
    }

    /// What an event is called.
    pub fn event(&self, kind: EventKind) -> &'static str {
        match kind {
            EventKind::Appeared => self.appeared,
            EventKind::Removed => self.removed,
            EventKind::Rotated => self.rotated,
            EventKind::Truncated => self.truncated,
            EventKind::Rewritten => self.rewritten,
            EventKind::Replaced => self.replaced,
            EventKind::Unreadable => self.now_unreadable,
            EventKind::Readable => self.readable,
            EventKind::Binary => self.now_binary,
            EventKind::Polling => self.polling,
        }
    }

    /// What a source's state is called; empty while it is followed.
    pub fn state(&self, state: SourceState) -> &'static str {
        match state {
            SourceState::Following => "",
            SourceState::Missing => self.missing,
            SourceState::Unreadable => self.unreadable,
            SourceState::Binary => self.binary,
            SourceState::Stale => self.stale,
            SourceState::Ended => self.ended,
        }
    }

    /// The button that shows the rest of a long line.
    pub fn more_bytes(&self, bytes: u64) -> String {
        format!("+ {}", format::bytes(bytes))
    }

    /// The button that leads back to the end.
    pub fn back_to_end(&self, tally: Tally, is_filtered: bool) -> String {
        let words = if is_filtered {
            self.new_matches
        } else {
            self.new_lines
        };
        if tally.value == 0 {
            self.follow.to_owned()
        } else {
            words.replace("{}", &format::tally(tally))
        }
    }

    /// What is wrong with a query, in this language.
    pub fn fault(&self, fault: &Fault) -> Problem {
        Problem::BadQuery {
            position: u64::try_from(fault.position).unwrap_or(0),
            expected: (self.expected)(fault.expected),
        }
    }

    /// The same for what the server said of `q`, as far as it is about syntax.
    pub fn explained(&self, q: &str, problem: Problem) -> Problem {
        match (&problem, protocol::query::parse(q)) {
            (Problem::BadQuery { .. }, Err(fault)) => self.fault(&fault),
            _ => problem,
        }
    }

    /// How many lines there are.
    pub fn lines(&self, tally: Tally) -> String {
        if tally
            == (Tally {
                value: 1,
                exact: true,
            })
        {
            return self.line.to_owned();
        }
        self.lines.replace("{}", &format::tally(tally))
    }

    /// A problem, as a sentence.
    pub fn problem(&self, problem: &Problem) -> String {
        match problem.position() {
            Some(position) => {
                let place = self.at_position.replace("{}", &(position + 1).to_string());
                format!("{place} {problem}")
            }
            None => problem.to_string(),
        }
    }
}
