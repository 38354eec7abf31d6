# cmake -DPROGRAM=scenario_seeds -DSEEDS=N -P compare_traces.cmake
# Threat O1: runs the same seeds in two processes and compares the trace hashes, seed by seed.
foreach(run first second)
  execute_process(COMMAND ${PROGRAM} --seeds ${SEEDS} --base 1 --trace-hash
    OUTPUT_VARIABLE ${run} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${run} run failed (${result}):\n${${run}}")
  endif()
endforeach()
string(REGEX MATCHALL "\n" lines "${first}")
list(LENGTH lines count)
if(NOT count EQUAL SEEDS)
  message(FATAL_ERROR "${count} traces instead of ${SEEDS}")
endif()
if(NOT first STREQUAL second)
  message(FATAL_ERROR "two processes disagree:\n${first}\nand\n${second}")
endif()
message(STATUS "${count} seeds: equal traces in two processes")
