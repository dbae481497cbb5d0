//! One invocation: what is built is built first, then the socket is opened, then cargo starts what gets the values.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    super::{
        CoreLimit, Ended, Given, Mask, Outputs, Rules, RunError, Step, Supervisor, child::Gift, command,
        environment::gift, without_keys,
    },
    CargoError,
    admit::Whom,
    build::{Built, build},
    configured::Configured,
    credential::{PROVIDER, Tokens},
    line::{Kind, Line},
    manifest,
    runner::RUNNER,
    serve::{Door, Gifts, Giving, Serving, Strangers},
    setting::{Around, Ours, Settings, providers, runner, variables},
};
use crate::kernel::{name::EnvName, secret::Secret};

/// A command line of cargo's, read with what is configured around it.
pub struct Cargo<'a> {
    program: &'a OsStr,
    line: Line,
    configured: Configured<'a>,
    cwd: &'a Path,
    env: &'a BTreeMap<OsString, OsString>,
}

/// What stands around it.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// This program.
    pub exe: &'a Path,
    /// Where sockets are.
    pub runtime: &'a Path,
    /// The limit on core files, for children.
    pub core: &'a CoreLimit,
    /// The environment that cargo gets.
    pub environment: &'a [(OsString, Secret)],
    /// What is masked in what cargo and its programs show.
    pub mask: Option<&'a Arc<Mask>>,
}

/// The values, and how they may be narrowed.
pub struct Offer {
    usual: Gift,
    of: BTreeMap<Vec<EnvName>, Gift>,
    open: bool,
    prefix: String,
}

/// How it ended.
pub struct Outcome {
    /// How cargo did, or the program that it became.
    pub ended: Ended,
    /// Who asked first and got nothing, and how often anybody did.
    pub strangers: Option<(PathBuf, usize)>,
    /// Why a program of a package got nothing.
    pub fault: Option<CargoError>,
}

impl Offer {
    /// Makes sure that every value can be given.
    pub fn new(
        inherited: &BTreeMap<OsString, OsString>,
        given: Vec<Given>,
        rules: &Rules,
    ) -> Result<Self, RunError> {
        let usual = gift(inherited, given, rules)?;
        Ok(Self { usual, of: BTreeMap::new(), open: false, prefix: rules.prefix.clone() })
    }

    /// Adds what a package gets that asks for environments of its own.
    pub fn add(&mut self, envs: Vec<EnvName>, other: Self) {
        self.of.insert(envs, other.usual);
    }

    /// Lets packages choose their environments.
    pub fn open(&mut self) {
        self.open = true;
    }

    /// The same as tokens, which are given to cargo and to no program.
    fn into_tokens(self) -> Tokens {
        let named = |(name, token): (OsString, Secret)| Some((name.into_string().ok()?, token));
        Tokens(self.usual.set.into_iter().filter_map(named).collect())
    }
}

impl<'a> Cargo<'a> {
    /// Reads a command line.
    pub fn read(
        (program, words): (&'a OsStr, &[OsString]),
        cwd: &'a Path,
        env: &'a BTreeMap<OsString, OsString>,
    ) -> Self {
        let line = Line::read(words);
        let configured = Configured::read(&line, cwd, env);
        let line = line.expanded(&|name| configured.alias(name));
        Self { program, line, configured, cwd, env }
    }

    /// What cargo is asked for.
    pub fn kind(&self) -> Kind {
        self.line.kind()
    }

    /// The command's name.
    pub fn command(&self) -> &str {
        self.line.command()
    }

    /// Whether the command is cargo's own, and no program of somebody else's.
    pub fn is_own(&self) -> bool {
        self.line.is_own()
    }

    /// The environments that packages here ask for.
    pub fn environments(&self) -> Result<BTreeSet<Vec<EnvName>>, CargoError> {
        let named = self.line.values("--manifest-path").pop();
        manifest::environments(self.cwd, named.as_deref().map(Path::new))
    }

    /// Starts cargo, and stays beside it.
    pub fn run(&self, stage: Stage<'_>, offer: Offer) -> Result<Outcome, CargoError> {
        let supervisor = Supervisor::begin().map_err(|source| CargoError::Wait { source })?;
        let kind = self.kind();
        let mut built = Built::new();
        if !matches!(kind, Kind::Run | Kind::Registry { builds: false }) {
            let building = command((self.program, &self.line.building()), stage.environment);
            match build(&supervisor, building, kind == Kind::Tests, stage.core)? {
                Ok(found) => built = found,
                Err(ended) => return Ok(Outcome::of(ended)),
            }
        }
        let door = Door::open(stage.runtime)?;
        let whom = match kind {
            Kind::Registry { .. } => Whom::Provider,
            Kind::Tests => Whom::Tests(built),
            Kind::Nextest => Whom::Built,
            _ => Whom::Itself,
        };
        let word = if matches!(whom, Whom::Provider) { PROVIDER } else { RUNNER };
        let env = inherited(self.env);
        let around =
            Around { cargo: self.program, line: &self.line, configured: &self.configured, env: &env };
        let ours = Ours { exe: stage.exe, word, socket: &door.path, link: door.link.clone() };
        let (giving, settings) = match whom {
            Whom::Provider => {
                let tokens = offer.into_tokens();
                let settings = providers(&around, &ours, &tokens)?;
                (Giving { tokens, ..Giving::nothing(whom) }, settings)
            }
            whom => {
                let settings = runner(&around, &ours)?;
                (giving(offer, whom, settings.chain.clone()), settings)
            }
        };
        let words = self.line.with(&self.settings(settings), self.options());
        start(&supervisor, (self.program, &words), stage, (door, giving))
    }

    /// Nothing is built any more where it was built first: so no wrapper has to be called, which would be a child of cargo as a
    /// test is. One of a variable is the person's own, and stays.
    fn settings(&self, settings: Settings) -> Vec<OsString> {
        let unwrapped: [OsString; 2] = ["--config".into(), "build.rustc-wrapper=\"\"".into()];
        let first = matches!(self.kind(), Kind::Tests | Kind::Registry { .. });
        let more = first && self.configured.has_wrapper();
        settings.args.into_iter().chain(unwrapped.into_iter().filter(|_| more)).collect()
    }

    fn options(&self) -> &'static [&'static str] {
        if self.kind() == (Kind::Registry { builds: true }) { &["--no-verify"] } else { &[] }
    }
}

/// Starts another program, below which every cargo starts us in place of its programs.
pub fn programs_only(
    (program, words): (&OsStr, &[OsString]),
    (cwd, env): (&Path, &BTreeMap<OsString, OsString>),
    stage: Stage<'_>,
    offer: Offer,
) -> Result<Outcome, CargoError> {
    let supervisor = Supervisor::begin().map_err(|source| CargoError::Wait { source })?;
    let line = Line::read(&[]);
    let configured = Configured::read(&line, cwd, env);
    let inherited = inherited(env);
    let around = Around { cargo: OsStr::new("cargo"), line: &line, configured: &configured, env: &inherited };
    let door = Door::open(stage.runtime)?;
    let ours = Ours { exe: stage.exe, word: RUNNER, socket: &door.path, link: door.link.clone() };
    let Settings { variables, chain, .. } = variables(&around, &ours)?;
    let changed = |name: &OsString| variables.iter().any(|(changed, _)| changed == name);
    let copy = |(name, value): &(OsString, Secret)| (name.clone(), Secret::concat(&[value]));
    let mut environment: Vec<(OsString, Secret)> =
        stage.environment.iter().filter(|(name, _)| !changed(name)).map(copy).collect();
    environment.extend(variables.into_iter().map(|(name, value)| (name, Secret::new(value.into_bytes()))));
    let stage = Stage { environment: &environment, ..stage };
    start(&supervisor, (program, words), stage, (door, giving(offer, Whom::Below, chain)))
}

fn inherited(env: &BTreeMap<OsString, OsString>) -> Vec<(OsString, OsString)> {
    without_keys(env).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn giving(offer: Offer, whom: Whom, chain: Vec<OsString>) -> Giving {
    let Offer { mut usual, mut of, open, prefix } = offer;
    of.values_mut().for_each(|gift| gift.chain.clone_from(&chain));
    usual.chain = chain;
    Giving { gifts: Gifts { usual, of, open, prefix }, ..Giving::nothing(whom) }
}

fn start(
    supervisor: &Supervisor,
    (program, words): (&OsStr, &[OsString]),
    stage: Stage<'_>,
    (door, giving): (Door, Giving),
) -> Result<Outcome, CargoError> {
    let wait = |source| CargoError::Wait { source };
    let mut command = command((program, words), stage.environment);
    let outputs = stage.mask.map(|mask| Outputs::begin(mask, &mut command)).transpose().map_err(wait)?;
    let child = supervisor.spawn(&mut command, stage.core);
    // It holds the program's side of the outputs.
    drop(command);
    let outcome = child.map_err(CargoError::from).and_then(|child| {
        let serving = Serving::begin(door, giving, child.as_raw_nonzero().get())?;
        let ended = loop {
            if let Step::Ended(ended) = supervisor.wait(child, None).map_err(wait)? {
                break ended;
            }
        };
        let Strangers { first, times, fault } = serving.end();
        Ok(Outcome { ended, strangers: first.map(|first| (first, times)), fault })
    });
    outputs.into_iter().for_each(Outputs::finish);
    outcome
}

impl Outcome {
    fn of(ended: Ended) -> Self {
        Self { ended, strangers: None, fault: None }
    }
}
