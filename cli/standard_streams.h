#pragma once

namespace meshctl::cli {

/// Gives file descriptors 0 to 2 that came closed a place to point at, so that no file we open
/// later takes their number. They are opened the wrong way round: reading standard input or writing
/// standard output still fails, as it should.
void occupy_standard_streams();

/// Writing into a pipe that nobody reads fails with EPIPE instead of ending the process without a
/// word.
void ignore_broken_pipes();

/// Writing beyond a limit on file sizes (ulimit -f) fails with EFBIG instead of ending the process,
/// so that no half-written file stays behind.
void ignore_file_size_limits();

}  // namespace meshctl::cli
