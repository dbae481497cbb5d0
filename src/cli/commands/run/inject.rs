//! The variables of dotenv files that refer to secrets, in the place of all secrets.

use std::{collections::BTreeMap, path::PathBuf};

use clap::ValueHint;

use super::super::{
    super::{ctx::Ctx, explain},
    references::{self, Text},
};
use crate::{interchange::dotenv, run::Given, ui::Failure};

/// The flags.
#[derive(Debug, clap::Args)]
pub(super) struct Inject {
    /// Give the variables of this dotenv file, whose values refer to secrets, and no other; later files win
    #[arg(long = "inject", value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["only", "except", "prefix", "file", "dir", "watch"])]
    files: Vec<PathBuf>,
}

impl Inject {
    /// The variables, filled, if there is a file.
    pub(super) fn values(&self, ctx: &Ctx) -> Result<Option<Vec<Given>>, Failure> {
        if self.files.is_empty() {
            return Ok(None);
        }
        let mut files = Vec::new();
        for path in &self.files {
            let (label, text) = (references::label(path), references::read(ctx, path)?);
            let variables = dotenv(&text).map_err(|error| explain::dotenv(&label, &error))?;
            files.push((label, variables));
        }
        let texts = files.iter().map(|(label, variables)| Text {
            label,
            templates: variables.iter().map(|variable| &variable.value).collect(),
        });
        let values = references::open(ctx, &texts.collect::<Vec<_>>())?;
        let mut given = BTreeMap::new();
        for (label, variables) in &files {
            for variable in variables {
                let value = variable.value.fill(|reference| values.of(reference));
                let value = value.map_err(|error| explain::template(label, &error))?;
                given.insert(variable.name.clone(), value);
            }
        }
        Ok(Some(given.into_iter().map(|(name, value)| Given { name, value }).collect()))
    }
}
