#pragma once

namespace meshctl::cli {

/// Gives file descriptors 0 to 2 that came closed a place to point at, so that no file we open
/// later takes their number. They are opened the wrong way round: reading standard input or writing
/// standard output still fails, as it should.
void occupy_standard_streams();

/// Writing into a pipe that nobody reads fails with EPIPE instead of ending the process without a
/// word.
void ignore_broken_pipes();

}  // namespace meshctl::cli
