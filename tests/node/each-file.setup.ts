// Run anew for each file, while what it imports is loaded once by a thread: there is one tester however
// many files there are.
import '../support/typed-arrays';
