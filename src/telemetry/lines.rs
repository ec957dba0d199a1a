//! Where log lines are written to, by many threads at once.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, PoisonError, RwLock};

/// A file for lines, without the lock that the standard library puts around standard error, so that no call waits for the
/// line of another. Each line is one write, which a pipe too takes whole if it isn't longer than a page (`PIPE_BUF`, POSIX
/// `write`); longer ones go alone.
#[derive(Clone)]
pub(super) struct Lines(Arc<(File, RwLock<()>)>);

/// The longest line that a pipe takes whole.
const PAGE: usize = 4096;

impl Lines {
    /// Into standard error.
    pub(super) fn to_stderr() -> io::Result<Lines> {
        Ok(Lines::to(File::from(io::stderr().as_fd().try_clone_to_owned()?)))
    }

    fn to(file: File) -> Lines {
        Lines(Arc::new((file, RwLock::new(()))))
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line).map(|()| line.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let (mut file, alone) = (&self.0.0, &self.0.1);
        if line.len() <= PAGE {
            let _beside_others = alone.read().unwrap_or_else(PoisonError::into_inner);
            file.write_all(line)
        } else {
            let _alone = alone.write().unwrap_or_else(PoisonError::into_inner);
            file.write_all(line)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::fd::OwnedFd;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn lines_stay_whole_in_a_pipe_however_long() {
        let (reader, writer) = io::pipe().unwrap();
        let lines = Lines::to(File::from(OwnedFd::from(writer)));
        let lengths = [50, 200_000, 90, 120_000, 4_095, 20_000];
        let writers = lengths.map(|length| {
            let mut lines = lines.clone();
            thread::spawn(move || {
                let mut line = format!("{length:x}").repeat(length);
                line.truncate(length);
                line.push('\n');
                for _ in 0..60 {
                    lines.write_all(line.as_bytes()).unwrap();
                }
            })
        });
        drop(lines);
        let mut seen = 0;
        for (n, line) in BufReader::with_capacity(512, reader).lines().enumerate() {
            let line = line.unwrap();
            let whole = format!("{:x}", line.len()).repeat(line.len());
            assert!(
                lengths.contains(&line.len()) && whole.starts_with(&line),
                "a line of {}",
                line.len()
            );
            // Now and then it is slow, and the pipe full.
            if n % 20 == 0 {
                thread::sleep(Duration::from_millis(5));
            }
            seen += 1;
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(seen, 60 * lengths.len());
    }
}
